CREATE TABLE shapes (
    id bigint PRIMARY KEY,
    area numeric(10, 2)
);

CREATE TABLE circles (
    radius int NOT NULL,
    CONSTRAINT sane CHECK (radius > 0)
) INHERITS (shapes);

CREATE TABLE squares (
    side int,
    CONSTRAINT sane CHECK (side > 0)
) INHERITS (shapes);

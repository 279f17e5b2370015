CREATE TABLE tags (
    name text,
    rank int UNIQUE,
    CONSTRAINT tags_pk PRIMARY KEY (name),
    UNIQUE (rank),
    UNIQUE (rank, name)
);

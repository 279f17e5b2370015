CREATE TABLE stamped (
    changed_at timestamptz DEFAULT now() NOT NULL,
    changed_by text,
    CONSTRAINT somebody CHECK (changed_by <> '')
);

CREATE TABLE people (
    id serial PRIMARY KEY,
    name text NOT NULL,
    CONSTRAINT sane CHECK (name <> '')
) INHERITS (stamped);

CREATE TABLE visits (
    id serial PRIMARY KEY,
    person int NOT NULL REFERENCES people,
    name text,
    CONSTRAINT sane CHECK (name <> 'x')
)
INHERITS (stamped);

CREATE TABLE plain () INHERITS (stamped);

CREATE VIEW latest AS SELECT max(changed_at) FROM stamped;
CREATE VIEW names AS SELECT name, changed_at FROM people;

INSERT INTO people (changed_at, name) VALUES ('2020-01-01', 'Anna');
INSERT INTO visits (changed_at, person) VALUES ('2020-01-02', 1);

CREATE TABLE place (
    id integer PRIMARY KEY,
    name text NOT NULL,
    CONSTRAINT named CHECK (name <> '')
);
CREATE TABLE capital (
    country text
) INHERITS (place);

COPY place (id, name) FROM stdin;
1	Ely
\.
COPY capital (id, name, country) FROM stdin;
2	Oslo	NO
\.

CREATE TYPE kind AS ENUM ('page', 'file');

CREATE TABLE "text" (
    old_id serial PRIMARY KEY,
    old_text text NOT NULL,
    kept kind
);

CREATE TABLE path (
    id int PRIMARY KEY,
    name TEXT,
    until date
);

CREATE DOMAIN "date" AS text;

CREATE TABLE later (id int PRIMARY KEY, day date, written public."date");

CREATE SCHEMA hr;

CREATE SCHEMA IF NOT EXISTS ada;

SET search_path = hr, public;

CREATE TABLE hr.staff (id bigint PRIMARY KEY, name text);

CREATE VIEW names AS SELECT name FROM staff;

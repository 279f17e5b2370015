-- DSQL522: without its owner (line 1)
CREATE SCHEMA hr;

-- DSQL522: without its owner (line 5)
CREATE SCHEMA IF NOT EXISTS ada;

SET search_path = hr, public;

CREATE TABLE hr.staff (id bigint PRIMARY KEY, name text);

CREATE VIEW names AS SELECT name FROM staff;

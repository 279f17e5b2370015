-- A bundle that rests on its session's settings: names without a schema, days written as day/month/year.
CREATE SCHEMA travels;

CREATE TABLE stops (id integer PRIMARY KEY, place text);

SET search_path = travels;

CREATE TABLE trips (id integer PRIMARY KEY, day date NOT NULL);

CREATE TABLE stops (id integer PRIMARY KEY, place text);

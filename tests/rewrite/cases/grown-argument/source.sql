CREATE TABLE film (
    id serial PRIMARY KEY,
    length smallint
);
CREATE TABLE copy (
    id serial PRIMARY KEY,
    film_id integer NOT NULL REFERENCES film
);
CREATE FUNCTION held(which integer) RETURNS boolean LANGUAGE sql AS $$ SELECT which > 2 $$;
CREATE FUNCTION any_number(which bigint) RETURNS boolean LANGUAGE sql AS $$ SELECT which > 2 $$;
CREATE FUNCTION copies(which integer) RETURNS SETOF integer LANGUAGE sql
    AS $$ SELECT id FROM copy WHERE film_id = which AND held(copy.id) AND any_number(id) $$;
CREATE VIEW held_films AS
    SELECT f.id, held(f.id), held(f.length) AS long, any_number(c.id) AS high
    FROM film f JOIN copy c ON c.film_id = f.id WHERE held(c.film_id);

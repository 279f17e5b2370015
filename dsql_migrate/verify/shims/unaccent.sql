-- unaccent is played by a function that changes nothing
CREATE FUNCTION unaccent(text) RETURNS text LANGUAGE sql STABLE STRICT AS 'SELECT $1';

-- What a lexer of dumps must not stumble over. make.py loads this and dumps it in every format.
CREATE TABLE "we""ird; name" (id int PRIMARY KEY, "a;b" text, "from" bytea);
INSERT INTO "we""ird; name" VALUES
  (1, 'it''s; -- no comment', '\x00ff5c'), (2, E'back\\slash\ttab\nline', NULL), (3, '\.', ''), (4, '/* $$ " grüße', '\x2e');

CREATE TABLE log (note text);
CREATE RULE twice AS ON INSERT TO "we""ird; name" DO (INSERT INTO log VALUES ('(;'); INSERT INTO log VALUES (NEW."a;b"));

CREATE FUNCTION label(n int) RETURNS text LANGUAGE sql
BEGIN ATOMIC
  SELECT CASE WHEN n > 0 THEN CASE n WHEN 1 THEN 'one;' ELSE 'many' END ELSE 'none' END AS "end";
  SELECT (CASE WHEN n > 0 THEN 'x' END);
END;

CREATE PROCEDURE tidy() LANGUAGE plpgsql AS $größe$
BEGIN
  DELETE FROM log; -- $$ ; '
END $größe$;

COMMENT ON TABLE log IS 'Ends with a backslash \';

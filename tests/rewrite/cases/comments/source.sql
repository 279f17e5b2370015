CREATE SCHEMA app;
CREATE DOMAIN app.word AS text CONSTRAINT no_blank CHECK (VALUE !~ ' ');
CREATE TYPE app.mood AS ENUM ('sad', 'happy');
CREATE TABLE app.t (
    id bigint CONSTRAINT t_pk PRIMARY KEY,
    parent bigint CONSTRAINT t_parent REFERENCES app.t,
    word app.word
);
CREATE INDEX t_word ON app.t (word);
CREATE SEQUENCE app.s;
CREATE VIEW app.v AS SELECT id FROM app.t;
CREATE FUNCTION app.one() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION app.trig() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER trg BEFORE INSERT ON app.t FOR EACH ROW EXECUTE FUNCTION app.trig();

COMMENT ON SCHEMA app IS 'ours';
COMMENT ON SCHEMA public IS 'standard public schema';
COMMENT ON DOMAIN app.word IS 'one word';
COMMENT ON CONSTRAINT no_blank ON DOMAIN app.word IS 'blanks part words';
COMMENT ON TYPE app.mood IS 'how it feels';
COMMENT ON TABLE app.t IS 'it''s a table; really';
COMMENT ON COLUMN app.t.word IS 'said';
COMMENT ON CONSTRAINT t_pk ON app.t IS 'key';
COMMENT ON CONSTRAINT t_parent ON app.t IS 'tree';
COMMENT ON INDEX app.t_word IS 'fast';
COMMENT ON SEQUENCE app.s IS 'numbers';
COMMENT ON VIEW app.v IS 'seen';
COMMENT ON COLUMN app.v.id IS 'seen id';
COMMENT ON FUNCTION app.one() IS 'always 1';
COMMENT ON FUNCTION app.trig() IS 'does nothing';
COMMENT ON TRIGGER trg ON app.t IS 'gone';
COMMENT ON DATABASE shop IS 'our shop';
COMMENT ON ROLE ada IS 'a person';
COMMENT ON TABLE app.gone IS 'not there';
COMMENT ON TABLE app.t IS 'the second comment wins';
COMMENT ON COLUMN app.t.id IS NULL;

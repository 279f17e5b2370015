CREATE SCHEMA app;

CREATE DOMAIN app.word AS text CONSTRAINT no_blank CHECK (VALUE !~ ' ');

-- DSQL107: enum to a domain with CHECK (line 3)
CREATE DOMAIN app.mood AS text
    CONSTRAINT mood_check CHECK (VALUE IN ('sad', 'happy'));

-- DSQL404: CACHE said: DSQL wants it (line 10)
CREATE SEQUENCE app.s CACHE 1;

-- DSQL204: foreign key t_parent: added behind the load, then validated (line 4)
CREATE TABLE app.t (
    id bigint CONSTRAINT t_pk PRIMARY KEY,
    parent bigint,
    word app.word
);

CREATE VIEW app.v AS SELECT id FROM app.t;

CREATE FUNCTION app.one() RETURNS integer LANGUAGE sql AS 'SELECT 1';

COMMENT ON SCHEMA app IS 'ours';

COMMENT ON TABLE app.t IS 'it''s a table; really';

COMMENT ON COLUMN app.t.word IS 'said';

COMMENT ON CONSTRAINT t_pk ON app.t IS 'key';

COMMENT ON SEQUENCE app.s IS 'numbers';

COMMENT ON VIEW app.v IS 'seen';

COMMENT ON COLUMN app.v.id IS 'seen id';

COMMENT ON FUNCTION app.one() IS 'always 1';

COMMENT ON TABLE app.t IS 'the second comment wins';

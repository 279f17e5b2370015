-- Names and values that psql would read as its own outside of quotes: :variables, \commands, quotes, other alphabets.
CREATE SCHEMA "sch:ROW_COUNT";

CREATE TABLE "sch:ROW_COUNT"."it's :'job_id'" (
    ":succeeded" integer NOT NULL,
    "back\slash" text DEFAULT ':job_id \gset',
    "quote "" and :""x""" text,
    "größe" text CHECK ("größe" <> ':x; \q'),
    CONSTRAINT "key :VERSION" PRIMARY KEY (":succeeded")
);

CREATE TABLE "sch:ROW_COUNT"."child, line 1" (
    id integer PRIMARY KEY,
    parent integer
);

CREATE FUNCTION "sch:ROW_COUNT".":f"(text) RETURNS text LANGUAGE sql IMMUTABLE
    AS $$ SELECT $1 || ':VERSION' || E'\\! \'false\'' $$;

COMMENT ON TABLE "sch:ROW_COUNT"."it's :'job_id'" IS 'it''s \! :"DBNAME" and \\ too';

COPY "sch:ROW_COUNT"."it's :'job_id'" FROM stdin;
1	\\.	\\gset	:x
2	:'job_id'	\N	größer
3	a\\b	;	\\
\.

INSERT INTO "sch:ROW_COUNT"."child, line 1" VALUES (1, 1);
INSERT INTO "sch:ROW_COUNT"."child, line 1" VALUES (2, 2), (3, NULL);

CREATE UNIQUE INDEX "once :succeeded \else ""größe"" it's" ON "sch:ROW_COUNT"."it's :'job_id'" ("back\slash");
CREATE INDEX "zuletzt: \q" ON "sch:ROW_COUNT"."it's :'job_id'" ("größe") WHERE "größe" <> ':succeeded \gset';

ALTER TABLE "sch:ROW_COUNT"."child, line 1"
    ADD CONSTRAINT "to :parent \if ""it's""" FOREIGN KEY (parent) REFERENCES "sch:ROW_COUNT"."it's :'job_id'" (":succeeded");

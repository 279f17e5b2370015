CREATE TYPE public.address AS (street text, town character varying(40), zip integer, "since when" timestamp(3) with time zone);
CREATE TYPE public.person AS (name text, home public.address, tags text[], "there" daterange);
CREATE DOMAIN public.checked AS public.address CHECK ((VALUE).zip > 0);

CREATE TABLE public.letter (
    id bigint PRIMARY KEY,
    -- who wrote it
    sender public.person,  -- may be nobody
    home public.address DEFAULT ROW('Elm', 'Ely', 7, NULL)::public.address NOT NULL,
    office public.checked,
    known public.address DEFAULT '(,,,)'
);
COMMENT ON COLUMN public.letter.sender IS 'the one who wrote it';
CREATE INDEX letter_home ON public.letter USING btree (home);

COPY public.letter (id, sender, home, office, known) FROM stdin;
1	(Ann,"(""High, Street"",""a """"b"""""",7,""2026-01-01 00:00:00.123+00"")","{a,""b c"",NULL}","[2026-01-01,2026-02-01)")	(,,,)	(x,y,1,)	\N
2	\N	("",x\\\\y,,)	\N	(,,,)
3	(,,,)	(a,b,1,)	\N	\N
4	(,"(,,,)",{},empty)	(a,b,1,)	\N	\N
\.
INSERT INTO public.letter (id, sender, home) VALUES
    (10, NULL, ROW('it''s', 'c', 3, '2026-01-01 10:00:00+02')),
    (11, '(Bob,,"{1,2}",empty)', DEFAULT),
    (12, ROW('Eve', ROW('x', NULL, NULL, NULL), NULL, daterange('2026-01-01', NULL)), '(a,b,,)');

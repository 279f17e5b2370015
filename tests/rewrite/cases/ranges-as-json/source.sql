CREATE TYPE public.weight AS RANGE (subtype = double precision);
CREATE DOMAIN public.years AS int4range;

CREATE TABLE public.stay (
    id bigint PRIMARY KEY,
    -- from the evening of the first day
    during daterange DEFAULT '[2026-01-01,2026-01-03]'::daterange NOT NULL,  -- nights
    seen tstzrange CHECK (NOT isempty(seen)),
    price numrange DEFAULT numrange(1.5, NULL),
    load public.weight,
    rooms int4multirange,
    built public.years,
    during_lower integer,
    note text DEFAULT 'x'
);

CREATE TABLE public.shift (
    during tsrange PRIMARY KEY,
    who text
);

COMMENT ON COLUMN public.stay.during IS 'when the guest is there';
CREATE INDEX stay_during ON public.stay USING btree (during DESC, id);
CREATE INDEX stay_seen ON public.stay USING gist (seen);

COPY public.stay (id, during, seen, price, load, rooms, built, during_lower) FROM stdin;
1	[2026-01-01,2026-02-01)	["2026-01-01 10:00:00+00","2026-01-02 11:00:00.5+00"]	(1.5,)	[1.5,2.25)	{[1,3),[5,7)}	[1990,2000)	7
2	empty	(,)	empty	\N	{}	\N	\N
3	[-infinity,infinity]	\N	\N	\N	\N	empty	\N
\.
COPY public.stay FROM stdin WITH (FORMAT csv);
4,"[2026-01-01,2026-02-01)","[""2026-01-01 10:00:00+00"",)",,"(,2)",,,,"a, b"
\.
COPY public.shift (during, who) FROM stdin;
["2026-01-01 10:00:00","2026-01-01 18:00:00")	Ann
\.
INSERT INTO public.stay (id, during, price) VALUES (10, '[2026-01-01,2026-01-03]', NULL), (11, daterange('2026-01-01', '2026-01-03', '[]'), '(,5]');
INSERT INTO public.stay VALUES (12, DEFAULT, NULL, 'empty', '[1.50,2.0]', '{[1,2]}', NULL, 3, 'all');

CREATE TYPE public.mood AS ENUM ('sad', 'ok');

CREATE TABLE public.post (
    id serial PRIMARY KEY,
    title text,
    tags text[] DEFAULT '{}' NOT NULL,  -- what it is about
    moods public.mood[],
    prices numeric(8,2)[],
    grid integer[][]
);

CREATE TABLE public.place (
    "Land" character varying(9),
    digest bytea,
    position integer[],
    at timestamp(3) with time zone[],
    CONSTRAINT place_pk PRIMARY KEY ("Land", digest)
);

CREATE TABLE public.loose (
    tags text[]
);

CREATE TABLE public.filled (
    id integer PRIMARY KEY,
    tags text[] DEFAULT '{a}'
);

COPY public.post (id, title, tags, moods, prices, grid) FROM stdin;
21	one	{a,"b c",NULL,"NULL","tab\there","quote \\"","back\\\\\\\\slash"}	{sad,ok}	{1.50,NULL,2}	{{1,2},{3,4}}
22	two	{}	\N	[0:1]={7,8}	\N
23	three	{a}	{}	\N	\N
\.
COPY public.place ("Land", digest, position, at) FROM stdin WITH (FORMAT csv);
"D,E",\x00ff,"{1,2}","{""2026-01-01 00:00:00+00""}"
F,\x01,,{}
\.
COPY public.loose (tags) FROM stdin;
{a,b}
\.
COPY public.filled (id, tags) FROM stdin;
1	{a,b}
\.
INSERT INTO public.post (title, tags) VALUES ('four', ARRAY['x', 'it''s']), ('five', DEFAULT), ('six', '{}');
INSERT INTO public.post (id, title, tags, prices) VALUES (10, NULL, '{y}', '{1}'), (11, NULL, '{z}', NULL);
INSERT INTO public.place VALUES ('US', '\x02', '{3}', NULL);

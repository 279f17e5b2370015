CREATE TABLE articles (
    id integer PRIMARY KEY,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    grid integer[][],
    days integer[] DEFAULT ARRAY[1, 2, 3],
    CHECK (array_length(tags, 1) < 10)
);

COPY articles (id, tags, grid, days) FROM stdin;
1	{a,"b c",NULL}	{{1,2},{3,4}}	{}
2	{"say \\"hi\\""}	\N	{7}
\.

INSERT INTO articles (id, tags) VALUES (3, '{x,y}'), (4, ARRAY['z']);
CREATE INDEX articles_tags ON articles USING gin (tags);

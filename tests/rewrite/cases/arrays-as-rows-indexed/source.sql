CREATE TABLE public.post (
    id integer PRIMARY KEY,
    tags text[] NOT NULL,
    digests bytea[],
    draft boolean NOT NULL
);

COPY public.post (id, tags, digests, draft) FROM stdin;
1	{a,"b c"}	{"\\\\x00"}	f
2	{}	\N	t
\.

-- what a search by tag asks for
CREATE INDEX post_tags_gin ON public.post USING gin (tags);

CREATE INDEX post_tags_of_drafts ON public.post USING gin (tags array_ops) WHERE draft;

CREATE INDEX post_digests ON public.post USING gin (digests);

COMMENT ON INDEX public.post_tags_gin IS 'By tag';

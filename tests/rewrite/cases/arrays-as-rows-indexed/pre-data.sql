CREATE TABLE public.post (
    id integer PRIMARY KEY,
    tags_count integer NOT NULL,  -- DSQL102: was text[]
    digests_count integer,  -- DSQL102: was bytea[]
    draft boolean NOT NULL
);

-- DSQL102: the elements of public.post.tags (line 1)
CREATE TABLE public.post_tags (
    id integer NOT NULL,
    "position" integer NOT NULL,
    value text,
    CONSTRAINT post_tags_pkey PRIMARY KEY (id, "position")
);

-- DSQL102: the elements of public.post.digests (line 1)
CREATE TABLE public.post_digests_1 (
    id integer NOT NULL,
    "position" integer NOT NULL,
    value bytea,
    CONSTRAINT post_digests_1_pkey PRIMARY KEY (id, "position")
);

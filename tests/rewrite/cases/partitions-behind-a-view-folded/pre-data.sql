-- DSQL706: was in schema a1 (line 4)
CREATE TABLE public.a1__k (id int PRIMARY KEY);

-- DSQL104: a table of its own, behind a view: was a partition FOR VALUES IN (1); a CHECK keeps its bounds (line 6)
CREATE TABLE public.a1__tags_1 (
    id int NOT NULL,
    kind int NOT NULL,
    at int,
    CONSTRAINT tags_id_check CHECK (id > 0),
    CONSTRAINT named CHECK (id > 1),
    CONSTRAINT a1__tags_1_pkey PRIMARY KEY (id, kind),
    CONSTRAINT tags_1_bound CHECK (kind IS NOT NULL AND kind IN (1))  -- DSQL104: the partition's bounds
);

-- DSQL104: a table of its own, behind a view: was a partition FOR VALUES IN (2); a CHECK keeps its bounds (line 7)
-- DSQL202: unique own: tags_2_pkey says the same: one CREATE TABLE makes one of them (line 7)
CREATE TABLE public.a1__tags_2 (id int NOT NULL, kind int NOT NULL, at int, CONSTRAINT tags_id_check CHECK (id > 0), CONSTRAINT named CHECK (id > 1),
    CONSTRAINT a1__tags_2_pkey PRIMARY KEY (id, kind),
    CONSTRAINT tags_2_bound CHECK (kind IS NOT NULL AND kind IN (2))  -- DSQL104: the partition's bounds
);

-- DSQL104: a view over its partitions, which are tables: a1.tags_1, a1.tags_2; rows are written to them (line 5)
CREATE VIEW public.a1__tags AS
    SELECT id, kind, at
    FROM public.a1__tags_1
    UNION ALL
    SELECT id, kind, at
    FROM public.a1__tags_2;

COMMENT ON VIEW public.a1__tags IS 'x';

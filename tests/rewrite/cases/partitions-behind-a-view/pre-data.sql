-- DSQL404: CACHE said: DSQL wants it (line 1)
CREATE SEQUENCE public.events_id_seq CACHE 1;

CREATE TABLE public.kinds (k text PRIMARY KEY);

-- the first year
-- DSQL104: a table of its own, behind a view: was a partition FOR VALUES FROM ('2025-01-01') TO ('2026-01-01'); a CHECK keeps its bounds (line 12)
CREATE TABLE public.events_2025 (
    what text, -- odd order
    id bigint NOT NULL DEFAULT nextval('public.events_id_seq'),
    at date NOT NULL,
    kind text,
    CONSTRAINT positive CHECK (id > 0),
    CONSTRAINT events_2025_id_at_kind_key UNIQUE (id, at, kind),
    CONSTRAINT events_2025_bound CHECK (at IS NOT NULL AND at >= '2025-01-01' AND at < '2026-01-01')  -- DSQL104: the partition's bounds
);

-- DSQL104: a table of its own, behind a view: was a partition FOR VALUES FROM ('2026-01-01') TO ('2027-01-01'); a CHECK keeps its bounds (line 19)
CREATE TABLE public.events_2026 (
    id bigint DEFAULT nextval('public.events_id_seq') NOT NULL,
    at date NOT NULL,
    what text,
    kind text,
    CONSTRAINT recent CHECK (id > 100),
    CONSTRAINT positive CHECK (id > 0),
    CONSTRAINT events_2026_id_at_kind_key UNIQUE (id, at, kind),
    CONSTRAINT events_2026_bound CHECK (at IS NOT NULL AND at >= '2026-01-01' AND at < '2027-01-01')  -- DSQL104: the partition's bounds
);

-- DSQL104: a table of its own, behind a view: was a partition FOR VALUES IN ('a', NULL); a CHECK keeps its bounds (line 21)
CREATE TABLE public.events_rest_a (
    id bigint DEFAULT nextval('public.events_id_seq') NOT NULL,
    at date NOT NULL,
    what text,
    kind text,
    CONSTRAINT positive CHECK (id > 0),
    CONSTRAINT events_rest_a_id_at_kind_key UNIQUE (id, at, kind),
    CONSTRAINT events_rest_a_bound CHECK (kind IS NULL OR kind IN ('a'))  -- DSQL104: the partition's bounds
);

-- DSQL104: a view over its partitions, which are tables: public.events_2025, public.events_2026, public.events_rest_a; rows are written to them (line 3)
CREATE VIEW public.events AS
    SELECT id, at, what, kind
    FROM public.events_2025
    UNION ALL
    SELECT id, at, what, kind
    FROM public.events_2026
    UNION ALL
    SELECT id, at, what, kind
    FROM public.events_rest_a;

CREATE VIEW public.late AS SELECT id FROM public.events WHERE at > '2026-01-01';

-- DSQL104: a view over its partitions, which are tables: public.events_rest_a; rows are written to them (line 20)
CREATE VIEW public.events_rest AS
    SELECT id, at, what, kind
    FROM public.events_rest_a;

COMMENT ON VIEW public.events IS 'all of them';

COMMENT ON COLUMN public.events.what IS 'text';

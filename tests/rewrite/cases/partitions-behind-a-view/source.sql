CREATE SEQUENCE public.events_id_seq;
CREATE TABLE public.kinds (k text PRIMARY KEY);
CREATE TABLE public.events (
    id bigint NOT NULL DEFAULT nextval('public.events_id_seq'),
    at date NOT NULL,
    what text,
    kind text REFERENCES public.kinds (k),
    CONSTRAINT positive CHECK (id > 0)
)
PARTITION BY RANGE (at);
-- the first year
CREATE TABLE public.events_2025 (
    what text, -- odd order
    id bigint NOT NULL DEFAULT nextval('public.events_id_seq'),
    at date NOT NULL,
    kind text,
    CONSTRAINT positive CHECK (id > 0)
);
CREATE TABLE public.events_2026 PARTITION OF public.events (CONSTRAINT recent CHECK (id > 100)) FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE public.events_rest PARTITION OF public.events DEFAULT PARTITION BY LIST (kind);
CREATE TABLE public.events_rest_a PARTITION OF public.events_rest FOR VALUES IN ('a', NULL);
ALTER TABLE ONLY public.events ATTACH PARTITION public.events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
COMMENT ON TABLE public.events IS 'all of them';
COMMENT ON COLUMN public.events.what IS 'text';
INSERT INTO public.kinds VALUES ('a');
COPY public.events_2025 (id, at, what, kind) FROM stdin;
1	2025-05-05	one	a
\.
COPY public.events_2026 (at, id, what) FROM stdin;
2026-05-05	102	two
\.
COPY public.events_rest_a (at, id, what) FROM stdin;
2028-05-05	109	two
\.
ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey UNIQUE (id, at, kind);
CREATE INDEX events_what ON public.events USING btree (what);
CREATE VIEW public.late AS SELECT id FROM public.events WHERE at > '2026-01-01';
ALTER SEQUENCE public.events_id_seq OWNED BY public.events.id;

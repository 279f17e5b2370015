CREATE TABLE public.events (
    id bigint NOT NULL,
    at date NOT NULL,
    what text
)
PARTITION BY RANGE (at);

CREATE TABLE public.events_2025 (
    id bigint NOT NULL,
    at date NOT NULL,
    what text
);

CREATE TABLE public.events_2026 (
    at date NOT NULL,
    id bigint NOT NULL,
    what text,
    CONSTRAINT recent CHECK (id > 100)
);

ALTER TABLE ONLY public.events ATTACH PARTITION public.events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
ALTER TABLE ONLY public.events ATTACH PARTITION public.events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

COPY public.events_2025 (id, at, what) FROM stdin;
1	2025-05-05	one
\.

COPY public.events_2026 (at, id, what) FROM stdin;
2026-05-05	102	two
\.

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (id, at);
ALTER TABLE ONLY public.events_2025
    ADD CONSTRAINT events_2025_pkey PRIMARY KEY (id, at);
ALTER TABLE ONLY public.events_2026
    ADD CONSTRAINT events_2026_pkey PRIMARY KEY (id, at);

CREATE INDEX events_what ON ONLY public.events USING btree (what);
CREATE INDEX events_2025_what_idx ON public.events_2025 USING btree (what);

ALTER INDEX public.events_pkey ATTACH PARTITION public.events_2025_pkey;
ALTER INDEX public.events_pkey ATTACH PARTITION public.events_2026_pkey;
ALTER INDEX public.events_what ATTACH PARTITION public.events_2025_what_idx;

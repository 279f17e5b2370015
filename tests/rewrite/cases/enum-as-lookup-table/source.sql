--
-- Name: status; Type: TYPE; Schema: public
--

CREATE TYPE public.status AS ENUM (
    'new',
    'it''s paid'
);
ALTER TYPE public.status ADD VALUE 'shipped' BEFORE 'it''s paid';
COMMENT ON TYPE public.status IS 'how far it is';
CREATE DOMAIN public.final AS public.status CHECK (VALUE >= 'shipped'::public.status);

CREATE TABLE public.orders (
    id bigint PRIMARY KEY,
    status public.status DEFAULT 'new'::public.status NOT NULL,
    final public.final,
    history public.status[],
    CHECK (status <> 'new'::public.status OR final IS NULL)
);

COPY public.orders (id, status, final, history) FROM stdin;
1	shipped	it's paid	{new,"it's paid"}
2	new	\N	\N
\.
CREATE VIEW public.open AS SELECT id, status FROM public.orders WHERE status < 'it''s paid'::public.status;

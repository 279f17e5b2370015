--
-- Name: status; Type: TYPE; Schema: public
--

CREATE TYPE public.status AS ENUM (
    'new',
    'it''s paid'
);

ALTER TYPE public.status ADD VALUE 'shipped' BEFORE 'it''s paid';
ALTER TYPE public.status ADD VALUE IF NOT EXISTS 'new';

CREATE TABLE public.orders (
    id bigint PRIMARY KEY,
    status public.status DEFAULT 'new'::public.status NOT NULL,
    history public.status[]
);

COPY public.orders (id, status, history) FROM stdin;
1	shipped	{new,"it's paid"}
\.

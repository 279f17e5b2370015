--
-- Name: status; Type: TYPE; Schema: public
--

-- DSQL107: enum to a domain with CHECK (line 5)
CREATE DOMAIN public.status AS text
    CONSTRAINT status_check CHECK (VALUE IN ('new', 'shipped', 'it''s paid'));

CREATE TABLE public.orders (
    id bigint PRIMARY KEY,
    status public.status DEFAULT 'new'::public.status NOT NULL,
    history jsonb  -- DSQL102: was public.status[]
);

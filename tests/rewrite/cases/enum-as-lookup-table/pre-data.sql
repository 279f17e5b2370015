-- DSQL107: the enum is text now, which refers to the table of its values (line 11)
CREATE DOMAIN public.final AS text CHECK (VALUE IN ('shipped', 'it''s paid'));

--
-- Name: status; Type: TYPE; Schema: public
--

-- DSQL107: enum to a table of its values, which its columns refer to (line 5)
CREATE TABLE public.status (
    value text NOT NULL,
    position integer NOT NULL,
    CONSTRAINT status_pkey PRIMARY KEY (value)
);

CREATE TABLE public.orders (
    id bigint PRIMARY KEY,
    status text DEFAULT 'new' NOT NULL,  -- DSQL107: was public.status
    final public.final,
    history jsonb,  -- DSQL102: was public.status[]
    CHECK (status <> 'new'::text OR final IS NULL)
);

-- DSQL107: status is text now; the order of status is written out (line 25)
CREATE VIEW public.open AS SELECT id, status FROM public.orders WHERE status IN ('new', 'shipped');

-- DSQL107: enum to a domain with CHECK (line 2)
CREATE DOMAIN public.priority AS text
    CONSTRAINT priority_check CHECK (VALUE IN ('low', 'mid', 'high'));

-- DSQL101: DSQL has no type citext: text, and keys and indexes are on lower(…); a query compares lower(…) too (line 3)
CREATE DOMAIN public.email AS text CONSTRAINT email_check CHECK ((VALUE ~* '@'));

CREATE DOMAIN public.code AS text
    CONSTRAINT code_short CHECK ((length(VALUE) < 5));

CREATE TABLE public.tickets (
    id bigint PRIMARY KEY,
    priority public.priority DEFAULT 'mid'::public.priority NOT NULL,
    state text DEFAULT 'Open',  -- DSQL101: was public.citext
    owner text,  -- DSQL101: was public.citext
    mail public.email,
    price numeric(19,2) CHECK (price >= 1000.00 OR price = 0),  -- DSQL101: was money
    CONSTRAINT urgent CHECK ((priority IN ('mid', 'high')) OR (owner IS NOT NULL)),
    CONSTRAINT known CHECK ((lower(state) = ANY (ARRAY['open', 'closed']))),
    CONSTRAINT not_root CHECK (lower(owner) NOT IN ('root', 'su') AND owner NOT ILIKE 'Admin%' AND length(owner) > 1),
    CONSTRAINT plain CHECK ((owner)::text <> 'X'::text),
    CONSTRAINT sorted CHECK (lower(owner) < 'm'),
    CONSTRAINT equal CHECK (priority <> 'low'::public.priority AND priority IN ('low', 'mid'))
);

CREATE EXTENSION citext;
CREATE TYPE public.priority AS ENUM ('low', 'mid', 'high');
CREATE DOMAIN public.email AS public.citext CONSTRAINT email_check CHECK ((VALUE OPERATOR(public.~) '@'::public.citext));
CREATE DOMAIN public.code AS text;
ALTER DOMAIN public.code ADD CONSTRAINT code_short CHECK ((length(VALUE) < 5));

CREATE TABLE public.tickets (
    id bigint PRIMARY KEY,
    priority public.priority DEFAULT 'mid'::public.priority NOT NULL,
    state public.citext DEFAULT 'Open'::public.citext,
    owner public.citext,
    mail public.email,
    price money CHECK (price >= '$1,000.00'::money OR price = (0)::money),
    CONSTRAINT urgent CHECK ((priority >= 'mid'::public.priority) OR (owner IS NOT NULL)),
    CONSTRAINT known CHECK ((state OPERATOR(public.=) ANY (ARRAY['Open'::public.citext, 'closed'::public.citext]))),
    CONSTRAINT not_root CHECK (owner NOT IN ('Root', 'SU') AND owner NOT LIKE 'Admin%' AND length(owner) > 1),
    CONSTRAINT plain CHECK ((owner)::text <> 'X'::text),
    CONSTRAINT sorted CHECK (owner < 'm'),
    CONSTRAINT equal CHECK (priority <> 'low'::public.priority AND priority BETWEEN 'low' AND 'mid')
);

COPY public.tickets (id, priority, state, owner, mail, price) FROM stdin;
1	high	OPEN	ann	Ann@Example.com	$1,234.50
2	mid	Closed	\N	\N	$0.00
\.

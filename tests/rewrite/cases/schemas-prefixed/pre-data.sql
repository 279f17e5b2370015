-- DSQL107: enum to a domain with CHECK (line 5)
CREATE DOMAIN public.billing__state AS text
    CONSTRAINT state_check CHECK (VALUE IN ('open', 'paid'));

-- DSQL706: was in schema billing (line 7)
CREATE TABLE public.billing__invoice_1 (
    id integer NOT NULL PRIMARY KEY,
    state public.billing__state DEFAULT 'open'::public.billing__state NOT NULL
);

-- its name is what billing.invoice would be called
CREATE TABLE public.billing__invoice (
    id integer PRIMARY KEY
);

-- DSQL706: was in schema Old Stock (line 17)
-- DSQL204: foreign key invoice_id_fkey: added behind the load, then validated (line 17)
CREATE TABLE public."Old Stock__invoice" (
    id integer PRIMARY KEY
);

-- DSQL706: billing.invoice is public.billing__invoice_1 now (line 21)
CREATE FUNCTION public.billing__paid(invoice_id integer) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT invoice.state = 'paid'::public.billing__state
      FROM public.billing__invoice_1 AS invoice
     WHERE invoice.id = billing__paid.invoice_id
$$;

-- DSQL706: billing.invoice is public.billing__invoice_1 now (line 29)
CREATE VIEW public.billing__settled AS
 SELECT invoice.id, invoice.state
   FROM public.billing__invoice_1 AS invoice
  WHERE public.billing__paid(invoice.id);

SET search_path = billing;

-- DSQL706: billing.invoice is public.billing__invoice_1 now (line 36)
CREATE VIEW public.billing__unpaid AS
 SELECT invoice.id
   FROM public.billing__invoice_1 AS invoice
  WHERE NOT public.billing__paid(invoice.id);

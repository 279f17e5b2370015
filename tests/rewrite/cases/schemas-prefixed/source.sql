CREATE SCHEMA billing;

CREATE SCHEMA "Old Stock";

CREATE TYPE billing.state AS ENUM ('open', 'paid');

CREATE TABLE billing.invoice (
    id integer NOT NULL PRIMARY KEY,
    state billing.state DEFAULT 'open'::billing.state NOT NULL
);

-- its name is what billing.invoice would be called
CREATE TABLE public.billing__invoice (
    id integer PRIMARY KEY
);

CREATE TABLE "Old Stock".invoice (
    id integer PRIMARY KEY REFERENCES billing.invoice (id)
);

CREATE FUNCTION billing.paid(invoice_id integer) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT invoice.state = 'paid'::billing.state
      FROM billing.invoice
     WHERE invoice.id = paid.invoice_id
$$;

CREATE VIEW billing.settled AS
 SELECT invoice.id, billing.invoice.state
   FROM billing.invoice
  WHERE billing.paid(invoice.id);

SET search_path = billing;

CREATE VIEW unpaid AS
 SELECT invoice.id
   FROM invoice
  WHERE NOT paid(invoice.id);

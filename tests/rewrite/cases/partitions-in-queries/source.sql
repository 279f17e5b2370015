CREATE TABLE public.payment (
    id integer NOT NULL,
    paid_at date NOT NULL,
    region text NOT NULL,
    amount numeric(6,2) NOT NULL
)
PARTITION BY RANGE (paid_at);

CREATE TABLE public.payment_2024 PARTITION OF public.payment FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');

CREATE TABLE public.payment_2025 PARTITION OF public.payment FOR VALUES FROM ('2025-01-01') TO (MAXVALUE)
    PARTITION BY LIST (region);

CREATE TABLE public.payment_2025_north PARTITION OF public.payment_2025 FOR VALUES IN ('no', 'se');

CREATE TABLE public.payment_rest PARTITION OF public.payment DEFAULT;

CREATE TABLE public.animal (
    id integer NOT NULL,
    name text
);

CREATE TABLE public.dog (
    breed text
)
INHERITS (public.animal);

CREATE VIEW public.payments_of_2024 AS
 SELECT payment_2024.id, payment_2024.amount
   FROM public.payment_2024;

CREATE VIEW public.northern AS
 SELECT n.id
   FROM public.payment_2025_north n
  WHERE n.amount > 10;

CREATE VIEW public.others AS
 SELECT id FROM public.payment_rest;

CREATE VIEW public.dogs AS
 SELECT dog.name, dog.breed
   FROM public.dog;

CREATE VIEW public.mere_animals AS
 SELECT animal.name
   FROM ONLY public.animal;

CREATE VIEW public.all_animals AS
 SELECT *
   FROM public.animal;

CREATE FUNCTION public.forget() RETURNS void
    LANGUAGE sql
    AS 'DELETE FROM public.payment_2024';

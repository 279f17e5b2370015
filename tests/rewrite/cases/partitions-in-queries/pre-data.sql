-- DSQL104: not partitioned: DSQL spreads a table itself (line 1)
CREATE TABLE public.payment (
    id integer NOT NULL,
    paid_at date NOT NULL,
    region text NOT NULL,
    amount numeric(6,2) NOT NULL
);

-- DSQL105: the inheritance children's rows are in it (line 18)
CREATE TABLE public.animal (
    id integer NOT NULL,
    name text,
    breed text,  -- DSQL105: of an inheritance child
    inherited_from text  -- DSQL105: which child table the row was in
);

-- DSQL104: reads the rows of public.payment_2024 in public.payment (line 28)
CREATE VIEW public.payments_of_2024 AS
 SELECT payment_2024.id, payment_2024.amount
   FROM (SELECT id, paid_at, region, amount FROM public.payment WHERE paid_at >= '2024-01-01' AND paid_at < '2025-01-01') AS payment_2024;

-- DSQL104: reads the rows of public.payment_2025_north in public.payment (line 32)
CREATE VIEW public.northern AS
 SELECT n.id
   FROM (SELECT id, paid_at, region, amount FROM public.payment WHERE paid_at >= '2025-01-01' AND region IN ('no', 'se')) n
  WHERE n.amount > 10;

-- DSQL104: reads the rows of public.payment_rest in public.payment (line 37)
CREATE VIEW public.others AS
 SELECT id FROM (SELECT id, paid_at, region, amount FROM public.payment WHERE (paid_at >= '2024-01-01' AND paid_at < '2025-01-01' OR paid_at >= '2025-01-01') IS NOT TRUE) AS payment_rest;

-- DSQL105: reads the rows of public.dog in public.animal (line 40)
CREATE VIEW public.dogs AS
 SELECT dog.name, dog.breed
   FROM (SELECT id, name, breed FROM public.animal WHERE inherited_from = 'public.dog') AS dog;

-- DSQL105: reads the rows of public.animal in public.animal (line 44)
CREATE VIEW public.mere_animals AS
 SELECT animal.name
   FROM (SELECT id, name FROM public.animal WHERE inherited_from IS NULL) AS animal;

-- DSQL105: reads the rows of public.animal in public.animal (line 48)
CREATE VIEW public.all_animals AS
 SELECT *
   FROM (SELECT id, name FROM public.animal) AS animal;

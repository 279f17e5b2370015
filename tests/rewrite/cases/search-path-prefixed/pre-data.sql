SET search_path = shop;

-- DSQL107: enum to a domain with CHECK (line 6)
CREATE DOMAIN public.shop__size AS text
    CONSTRAINT size_check CHECK (VALUE IN ('S', 'L'));

-- DSQL706: was in schema shop (line 8)
CREATE TABLE public.shop__shirts (
    id integer NOT NULL,
    size public.shop__size,
    CONSTRAINT shop__shirts_pkey PRIMARY KEY (id)  -- DSQL201: from ALTER TABLE, line 22
);

-- DSQL706: shop.shirts is public.shop__shirts now (line 15)
CREATE VIEW public.shop__large AS
    SELECT shirts.id FROM public.shop__shirts AS shirts WHERE (shirts.size = 'L'::public.shop__size);

SET search_path = stock;

-- DSQL706: was in schema stock (line 27)
-- DSQL204: foreign key shelves_shirt_fkey: added behind the load, then validated (line 27)
CREATE TABLE public.stock__shelves (id int PRIMARY KEY, shirt int);

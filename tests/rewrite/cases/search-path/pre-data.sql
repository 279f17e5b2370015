CREATE SCHEMA shop;

CREATE SCHEMA stock;

SET search_path = shop;

-- DSQL107: enum to a domain with CHECK (line 6)
CREATE DOMAIN shop.size AS text
    CONSTRAINT size_check CHECK (VALUE IN ('S', 'L'));

CREATE TABLE shop.shirts (
    id integer NOT NULL,
    size size,
    CONSTRAINT shirts_pkey PRIMARY KEY (id)  -- DSQL201: from ALTER TABLE, line 22
);

CREATE VIEW large AS
    SELECT shirts.id FROM shirts WHERE (shirts.size = 'L'::size);

SET search_path = stock;

-- DSQL204: foreign key shelves_shirt_fkey: added behind the load, then validated (line 27)
CREATE TABLE stock.shelves (id int PRIMARY KEY, shirt int);

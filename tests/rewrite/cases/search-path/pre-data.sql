CREATE SCHEMA shop;

CREATE SCHEMA stock;

SET search_path = shop;

CREATE DOMAIN shop.size AS text
    CONSTRAINT size_check CHECK (VALUE IN ('S', 'L'));  -- DSQL107: was an enum

CREATE TABLE shop.shirts (
    id integer NOT NULL,
    size size,
    CONSTRAINT shirts_pkey PRIMARY KEY (id)  -- DSQL201: from ALTER TABLE, line 22
);

CREATE VIEW large AS
    SELECT shirts.id FROM shirts WHERE (shirts.size = 'L'::size);

SET search_path = stock;

CREATE TABLE stock.shelves (id int PRIMARY KEY, shirt int);

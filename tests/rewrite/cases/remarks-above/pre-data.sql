-- Before the type.
-- DSQL107: enum to a domain with CHECK (line 9)
CREATE DOMAIN public."a*/b
c" AS text
    CONSTRAINT "a*/b
c_check" CHECK (VALUE IN ('x'));

/* the shop */
-- DSQL106: UNLOGGED left out: DSQL has durable tables only (line 1)
CREATE TABLE shops (id int PRIMARY KEY);

-- kept in step by hand
    -- DSQL204: foreign key two lines: added behind the load, then validated (line 4)
    CREATE TABLE "odd
name -- ; DROP TABLE shops" (id int PRIMARY KEY, shop int);

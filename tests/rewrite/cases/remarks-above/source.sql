/* the shop */ CREATE UNLOGGED TABLE shops (id int PRIMARY KEY);

    -- kept in step by hand
    CREATE TABLE "odd
name -- ; DROP TABLE shops" (id int PRIMARY KEY, shop int CONSTRAINT "two
lines" REFERENCES shops);

-- Before the type.
CREATE TYPE "a*/b
c" AS ENUM ('x');

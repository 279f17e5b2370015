CREATE SCHEMA app;

CREATE TYPE app.mood AS ENUM ('sad', 'glad');

CREATE DOMAIN app.amount AS integer CHECK (VALUE > 0);

CREATE TABLE app.sales (
    id bigint PRIMARY KEY,
    amount app.amount,
    mood app.mood
);

CREATE MATERIALIZED VIEW app.totals AS
 SELECT sum(sales.amount) AS total
   FROM app.sales
  WITH NO DATA;

CREATE MATERIALIZED VIEW app.moods AS
 SELECT DISTINCT sales.mood
   FROM app.sales;

ALTER SCHEMA app OWNER TO shop;
ALTER TYPE app.mood OWNER TO shop;
ALTER DOMAIN app.amount OWNER TO shop;
-- The nightly job's
ALTER MATERIALIZED VIEW app.totals OWNER TO shop;
ALTER TABLE app.moods OWNER TO shop;
GRANT SELECT ON TABLE app.totals TO reader;
GRANT SELECT ON app.totals, app.moods TO reader;
GRANT SELECT(total) ON TABLE app.totals TO reader;
GRANT USAGE ON TYPE app.mood TO reader;
ALTER DEFAULT PRIVILEGES FOR ROLE shop GRANT USAGE ON SCHEMAS TO reader;
ALTER DEFAULT PRIVILEGES FOR ROLE shop IN SCHEMA app GRANT USAGE ON TYPES TO reader;

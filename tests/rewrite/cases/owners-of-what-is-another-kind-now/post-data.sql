ALTER SCHEMA app OWNER TO shop;

ALTER DOMAIN app.mood OWNER TO shop;

ALTER DOMAIN app.amount OWNER TO shop;

-- The nightly job's
ALTER VIEW app.totals OWNER TO shop;

ALTER TABLE app.moods OWNER TO shop;

GRANT SELECT ON TABLE app.totals TO reader;

GRANT SELECT ON app.totals, app.moods TO reader;

GRANT SELECT(total) ON TABLE app.totals TO reader;

ALTER DEFAULT PRIVILEGES FOR ROLE shop IN SCHEMA app GRANT USAGE ON TYPES TO reader;

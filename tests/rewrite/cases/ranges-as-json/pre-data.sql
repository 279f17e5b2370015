-- DSQL101: DSQL has no type int4range: kept as JSON with lower, upper and bounds (line 2)
CREATE DOMAIN public.years AS jsonb;

-- DSQL101: check stay_seen_check: column seen is jsonb on DSQL, so the expression no longer means the same (line 4)
CREATE TABLE public.stay (
    id bigint PRIMARY KEY,
    -- from the evening of the first day
    during jsonb DEFAULT '{"lower": "2026-01-01", "upper": "2026-01-04", "bounds": "[)"}' NOT NULL,  -- nights  -- DSQL101: was daterange
    seen jsonb,  -- DSQL101: was tstzrange
    price jsonb DEFAULT '{"lower": 1.5, "upper": null, "bounds": "[)"}',  -- DSQL101: was numrange
    load jsonb,  -- DSQL101: was public.weight
    rooms jsonb,  -- DSQL101: was int4multirange
    built public.years,
    during_lower integer,
    note text DEFAULT 'x'
);

CREATE TABLE public.shift (
    during text PRIMARY KEY,  -- DSQL101: was tsrange
    who text
);

COMMENT ON COLUMN public.stay.during IS 'when the guest is there';

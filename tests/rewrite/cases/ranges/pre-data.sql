-- DSQL101: DSQL has no type int4range: kept as JSON with lower, upper and bounds (line 2)
CREATE DOMAIN public.years AS jsonb;

CREATE TABLE public.stay (
    id bigint PRIMARY KEY,
    -- from the evening of the first day
    during_lower_1 date DEFAULT '2026-01-01',  -- DSQL101: was daterange
    during_upper date DEFAULT '2026-01-04',
    during_bounds text DEFAULT '[)' NOT NULL,  -- nights
    seen_lower timestamp with time zone,  -- DSQL101: was tstzrange
    seen_upper timestamp with time zone,
    seen_bounds text CHECK (NOT (seen_bounds = 'empty')),
    price_lower numeric(38,18) DEFAULT 1.5,  -- DSQL101: was numrange
    price_upper numeric(38,18),
    price_bounds text DEFAULT '[)',
    load_lower double precision,  -- DSQL101: was public.weight
    load_upper double precision,
    load_bounds text,
    rooms jsonb,  -- DSQL101: was int4multirange
    built public.years,
    during_lower integer,
    note text DEFAULT 'x',
    CONSTRAINT stay_during_check CHECK (CASE coalesce(during_bounds, 'empty') WHEN 'empty' THEN during_lower_1 IS NULL AND during_upper IS NULL ELSE during_bounds IN ('[)', '[]', '(]', '()') AND during_lower_1 <= during_upper END),  -- DSQL101: what the type of during said
    CONSTRAINT stay_seen_check1 CHECK (CASE coalesce(seen_bounds, 'empty') WHEN 'empty' THEN seen_lower IS NULL AND seen_upper IS NULL ELSE seen_bounds IN ('[)', '[]', '(]', '()') AND seen_lower <= seen_upper END),  -- DSQL101: what the type of seen said
    CONSTRAINT stay_price_check CHECK (CASE coalesce(price_bounds, 'empty') WHEN 'empty' THEN price_lower IS NULL AND price_upper IS NULL ELSE price_bounds IN ('[)', '[]', '(]', '()') AND price_lower <= price_upper END),  -- DSQL101: what the type of price said
    CONSTRAINT stay_load_check CHECK (CASE coalesce(load_bounds, 'empty') WHEN 'empty' THEN load_lower IS NULL AND load_upper IS NULL ELSE load_bounds IN ('[)', '[]', '(]', '()') AND load_lower <= load_upper END)  -- DSQL101: what the type of load said
);

CREATE TABLE public.shift (
    during text PRIMARY KEY,  -- DSQL101: was tsrange
    who text
);

-- DSQL101: on during_lower_1, the first of the columns that it has become (line 22)
COMMENT ON COLUMN public.stay.during_lower_1 IS 'when the guest is there';

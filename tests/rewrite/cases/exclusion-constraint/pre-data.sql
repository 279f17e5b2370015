-- DSQL205: exclude bookings_room_during_excl: DSQL has no exclusion constraints (line 3)
CREATE TABLE bookings (
    id bigint PRIMARY KEY,
    room integer NOT NULL,
    during_lower timestamp with time zone,  -- DSQL101: was tstzrange
    during_upper timestamp with time zone,
    during_bounds text NOT NULL,
    CONSTRAINT bookings_during_check CHECK (CASE coalesce(during_bounds, 'empty') WHEN 'empty' THEN during_lower IS NULL AND during_upper IS NULL ELSE during_bounds IN ('[)', '[]', '(]', '()') AND during_lower <= during_upper END)  -- DSQL101: what the type of during said
);

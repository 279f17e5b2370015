-- DSQL205: exclude bookings_room_during_excl: DSQL has no exclusion constraints (line 3)
CREATE TABLE bookings (
    id bigint PRIMARY KEY,
    room integer NOT NULL,
    during text NOT NULL  -- DSQL101: was tstzrange
);

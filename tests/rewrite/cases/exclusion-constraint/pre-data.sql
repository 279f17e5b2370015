CREATE TABLE bookings (
    id bigint PRIMARY KEY,
    room integer NOT NULL,
    during text NOT NULL  -- DSQL101: was tstzrange
);

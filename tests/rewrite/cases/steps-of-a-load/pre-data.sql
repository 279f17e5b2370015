CREATE TABLE staff (
    id integer NOT NULL,
    level integer,
    -- Numbers are given by hand.
    CONSTRAINT staff_pkey PRIMARY KEY (id)  -- DSQL201: from ALTER TABLE, line 25
);

--
-- Name: seats; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.seats (
    train integer NOT NULL,
    seat integer NOT NULL,
    held_by text,
    CONSTRAINT seats_pkey PRIMARY KEY (train, seat),  -- DSQL201: from ALTER TABLE, line 23
    -- Nobody sits on seat 0;
    /* ask Ada why */
    CONSTRAINT seat_known CHECK (seat > 0),  -- DSQL204: from ALTER TABLE, line 28
    CONSTRAINT train_known CHECK (train > 0)  -- DSQL204: from ALTER TABLE, line 31
);

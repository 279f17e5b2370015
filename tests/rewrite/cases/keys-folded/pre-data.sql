CREATE TABLE public.seats (
    train character varying(10) NOT NULL,
    coach integer NOT NULL,
    seat integer NOT NULL,
    holder text,
    CONSTRAINT seats_pkey PRIMARY KEY (train, coach, seat),  -- DSQL201: from ALTER TABLE, line 8
    CONSTRAINT seats_holder_key UNIQUE NULLS NOT DISTINCT (holder),  -- DSQL202: from ALTER TABLE, line 11
    CONSTRAINT seats_coach_check CHECK (coach > 0),  -- DSQL204: from ALTER TABLE, line 14
    CONSTRAINT seats_by_train UNIQUE (train, seat)  -- DSQL202: from ALTER TABLE, line 18
);

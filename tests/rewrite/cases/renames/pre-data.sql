-- DSQL204: foreign key users_boss_fkey: added behind the load, then validated (line 1)
CREATE TABLE public.people (
    "user" text NOT NULL,
    years int CONSTRAINT users_age_check CHECK (years > 0),
    chief text,
    CONSTRAINT users_pkey PRIMARY KEY ("user"),
    CONSTRAINT new_name UNIQUE (years, "user")
);

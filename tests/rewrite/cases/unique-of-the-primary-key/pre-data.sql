-- DSQL202: unique pairs_once: pairs_pkey says the same: one CREATE TABLE makes one of them (line 1)
CREATE TABLE pairs (a int NOT NULL, b int NOT NULL, c int,
    CONSTRAINT pairs_pkey PRIMARY KEY (a, b),  -- DSQL201: from ALTER TABLE, line 2
    CONSTRAINT c_first UNIQUE (c)  -- DSQL202: from ALTER TABLE, line 3
);

-- DSQL204: foreign key notes_a_b_fkey: added behind the load, then validated (line 5)
CREATE TABLE notes (a int, b int);

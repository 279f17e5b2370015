CREATE TABLE a (id int PRIMARY KEY);

CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL,
    CONSTRAINT b_a_fkey FOREIGN KEY (a) REFERENCES public.a(id)  -- DSQL204: from ALTER TABLE, line 15
);

CREATE TABLE c (id int PRIMARY KEY, b int NOT NULL);

CREATE TABLE d (id int PRIMARY KEY, c int REFERENCES c, boss int);

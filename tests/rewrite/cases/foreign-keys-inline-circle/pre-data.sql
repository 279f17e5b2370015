CREATE TABLE shops (id int PRIMARY KEY, head int);

CREATE TABLE staff (id int PRIMARY KEY, shop int NOT NULL, mentor int,
    CONSTRAINT staff_shop_fkey FOREIGN KEY (shop) REFERENCES public.shops (id),  -- DSQL204: from ALTER TABLE, line 17
    CONSTRAINT staff_mentor_fkey FOREIGN KEY (mentor) REFERENCES public.staff (id)  -- DSQL204: from ALTER TABLE, line 18
);

CREATE TABLE codes (code text NOT NULL);

CREATE TABLE uses (code text NOT NULL);

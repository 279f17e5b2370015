-- DSQL204: NOT VALID in the source: added behind the load, as it is (line 14)
ALTER TABLE public.seats
    ADD CONSTRAINT seat_positive CHECK (seat > 0) NOT VALID;

ALTER TABLE public.seats
    ADD CONSTRAINT seat_positive CHECK (seat > 0) NOT VALID;

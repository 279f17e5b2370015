CREATE TABLE public.seats (
    train character varying(10) NOT NULL,
    coach integer NOT NULL,
    seat integer NOT NULL,
    holder text
);

ALTER TABLE ONLY public.seats
    ADD CONSTRAINT seats_pkey PRIMARY KEY (train, coach, seat);

ALTER TABLE ONLY public.seats
    ADD CONSTRAINT seats_holder_key UNIQUE NULLS NOT DISTINCT (holder) WITH (fillfactor='70');

ALTER TABLE public.seats
    ADD CHECK (coach > 0), ADD CONSTRAINT seat_positive CHECK (seat > 0) NOT VALID;

CREATE UNIQUE INDEX seats_by_train ON public.seats (train, seat);
ALTER TABLE public.seats ADD CONSTRAINT seats_by_train UNIQUE USING INDEX seats_by_train;

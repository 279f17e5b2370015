--
-- PostgreSQL database dump
--

-- Dumped from database version 16.3

-- nothing goes without this
SET statement_timeout = 0;

--
-- Name: seats; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.seats (
    train integer NOT NULL,
    seat integer NOT NULL
);

--
-- Name: seats seats_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.seats
    ADD CONSTRAINT seats_pkey PRIMARY KEY (train, seat);

-- Nobody sits on seat 0;
/* ask Ada why */
ALTER TABLE public.seats ADD CONSTRAINT seat_known CHECK (seat > 0);

-- two things at once
ALTER TABLE public.seats ADD CONSTRAINT train_known CHECK (train > 0), ADD COLUMN held_by text;

-- it was never used
DROP TABLE IF EXISTS public.stools;

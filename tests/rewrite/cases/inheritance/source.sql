CREATE TABLE public.cities (
    name text PRIMARY KEY,
    population integer
);

CREATE TABLE public.capitals (
    state char(2) NOT NULL,
    CONSTRAINT big CHECK (population > 1000),
    PRIMARY KEY (name)
)
INHERITS (public.cities);

COPY public.cities (name, population) FROM stdin;
Ely	20574
\.

COPY public.capitals (name, population, state) FROM stdin;
Sacramento	524943	CA
\.

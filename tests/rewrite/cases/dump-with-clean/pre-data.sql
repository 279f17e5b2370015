CREATE TABLE public.a (
    id integer NOT NULL PRIMARY KEY
);

CREATE TABLE public.b (
    x integer NOT NULL PRIMARY KEY
);

CREATE SCHEMA app;

CREATE TABLE app.t (
    id bigint PRIMARY KEY
);

CREATE TABLE public.u (
    id bigint PRIMARY KEY
);

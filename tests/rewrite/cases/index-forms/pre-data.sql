CREATE TABLE public.films (
    id bigint PRIMARY KEY,
    title text NOT NULL,
    year integer,
    tags jsonb
);

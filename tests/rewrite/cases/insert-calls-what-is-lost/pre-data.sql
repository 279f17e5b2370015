CREATE TABLE public.page (
    id bigint PRIMARY KEY,
    slug text
);

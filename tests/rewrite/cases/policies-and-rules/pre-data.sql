CREATE TABLE public.docs (
    id bigint PRIMARY KEY,
    owner text DEFAULT CURRENT_USER
);

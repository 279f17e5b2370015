CREATE TABLE public.people (
    id bigint PRIMARY KEY,
    home text  -- DSQL101: was public.address
);

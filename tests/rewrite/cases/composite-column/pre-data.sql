CREATE TABLE public.people (
    id bigint PRIMARY KEY,
    home text  -- DSQL101: was public.address
);

CREATE VIEW public.towns AS
 SELECT (home).town AS town
   FROM public.people;

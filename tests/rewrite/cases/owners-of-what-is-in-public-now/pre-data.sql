-- DSQL706: was in schema app (line 3)
CREATE TABLE public.app__t (
    id bigint PRIMARY KEY
);

CREATE TABLE public.u (
    id bigint PRIMARY KEY
);

CREATE TABLE public.documents (
    id text PRIMARY KEY,  -- DSQL207: was interval
    body text,  -- DSQL101: was xml
    at text  -- DSQL101: was public.geometry(Point,4326)
);

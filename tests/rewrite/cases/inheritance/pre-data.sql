-- DSQL105: the inheritance children's rows are in it (line 1)
CREATE TABLE public.cities (
    name text PRIMARY KEY,
    population integer,
    state char(2),  -- DSQL105: of an inheritance child
    inherited_from text,  -- DSQL105: which child table the row was in
    CONSTRAINT big CHECK (inherited_from IS DISTINCT FROM 'public.capitals' OR (population > 1000)),  -- DSQL105: for rows of public.capitals
    CONSTRAINT capitals_state_not_null CHECK (inherited_from IS DISTINCT FROM 'public.capitals' OR state IS NOT NULL)  -- DSQL105: for rows of public.capitals
);

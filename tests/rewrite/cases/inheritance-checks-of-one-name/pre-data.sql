-- DSQL105: the inheritance children's rows are in it (line 1)
CREATE TABLE shapes (
    id bigint PRIMARY KEY,
    area numeric(10, 2),
    radius int,  -- DSQL105: of an inheritance child
    side int,  -- DSQL105: of an inheritance child
    inherited_from text,  -- DSQL105: which child table the row was in
    CONSTRAINT sane CHECK (inherited_from IS DISTINCT FROM 'public.circles' OR (radius > 0)),  -- DSQL105: for rows of public.circles
    CONSTRAINT circles_radius_not_null CHECK (inherited_from IS DISTINCT FROM 'public.circles' OR radius IS NOT NULL),  -- DSQL105: for rows of public.circles
    CONSTRAINT sane_1 CHECK (inherited_from IS DISTINCT FROM 'public.squares' OR (side > 0))  -- DSQL105: for rows of public.squares
);

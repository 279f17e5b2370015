-- DSQL112: a plain column by decision: the application fills it (line 1)
ALTER TABLE public.item ALTER COLUMN gross DROP EXPRESSION;

-- DSQL112: a plain column by decision: the application fills it (line 1)
ALTER TABLE public.item ALTER COLUMN label DROP EXPRESSION;

-- DSQL112: a plain column by decision: the application fills it (line 7)
ALTER TABLE public.empty ALTER COLUMN twice DROP EXPRESSION;

CREATE TABLE public.people (
    id bigint PRIMARY KEY,
    home_street text,  -- DSQL101: was public.address
    home_town text,
    home_present boolean,
    CONSTRAINT people_home_check CHECK (CASE WHEN home_present THEN true ELSE home_street IS NULL AND home_town IS NULL END)  -- DSQL101: what the type of home said
);

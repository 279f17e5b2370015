CREATE TABLE public.boxes (
    id bigint PRIMARY KEY,
    width integer NOT NULL,
    height integer NOT NULL,
    area integer GENERATED ALWAYS AS ((width * height)) STORED,
    half integer GENERATED ALWAYS AS ((width / 2)) STORED  -- DSQL112: was VIRTUAL
);

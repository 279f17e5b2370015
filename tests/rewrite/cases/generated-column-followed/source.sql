CREATE TABLE public.article (
    id integer NOT NULL PRIMARY KEY,
    body text,
    tags text[] NOT NULL,
    tag_count integer GENERATED ALWAYS AS (cardinality(tags)) STORED,
    shape point,
    far boolean GENERATED ALWAYS AS ((shape <-> '(0,0)'::point) > 5::double precision) STORED NOT NULL,
    size integer GENERATED ALWAYS AS (length(body)) STORED
);

CREATE TABLE public.film (
    id integer NOT NULL PRIMARY KEY,
    title text NOT NULL,
    features jsonb NOT NULL,  -- DSQL102: was text[]
    scores jsonb,  -- DSQL102: was integer[]
    CONSTRAINT film_features_check CHECK (jsonb_array_length(features) < 9),
    CONSTRAINT film_scores_check CHECK (scores @> '[1]'::jsonb)
);

-- only decides which rows are taken: NULL and false are the same
-- DSQL102: features is jsonb now (line 11)
CREATE VIEW public.trailers AS
 SELECT film.id, film.features
   FROM public.film
  WHERE film.features ? 'Trailers' AND film.features @> '["Commentaries", "It''s"]'::jsonb;

-- the value itself is asked for: NULL elements give NULL, as they did
-- DSQL102: features is jsonb now; scores is jsonb now (line 17)
CREATE VIEW public.asked AS
 SELECT film.id,
    'Trailers'::text = ANY (ARRAY(SELECT e.v FROM jsonb_array_elements_text(film.features) WITH ORDINALITY AS e(v, n) ORDER BY e.n)) AS has_trailers,
    7 = ANY (CASE WHEN film.scores IS NOT NULL THEN ARRAY(SELECT e.v::integer FROM jsonb_array_elements_text(film.scores) WITH ORDINALITY AS e(v, n) ORDER BY e.n) END) AS has_seven,
    NULLIF(jsonb_array_length(film.features), 0) AS features,
    jsonb_array_length(film.scores) AS cardinality,
    array_to_string(CASE WHEN film.scores IS NOT NULL THEN ARRAY(SELECT e.v::integer FROM jsonb_array_elements_text(film.scores) WITH ORDINALITY AS e(v, n) ORDER BY e.n) END, ','::text) AS scores
   FROM public.film;

-- DSQL102: features is jsonb now (line 26)
CREATE VIEW public.by_feature AS
 SELECT f.id, x.feature, jsonb_array_elements_text(f.features) AS unnest
   FROM public.film f
     CROSS JOIN LATERAL jsonb_array_elements_text(f.features) x(feature)
  WHERE f.scores IS NOT NULL AND f.features ?| ARRAY['a', 'b'];

-- through another view and a query in WITH
-- DSQL102: features is jsonb now (line 33)
CREATE VIEW public.through AS
 WITH t AS (
         SELECT trailers.id, trailers.features AS held
           FROM public.trailers
        )
 SELECT t.id, (t.held ->> 0) AS first_one
   FROM t
  WHERE ARRAY(SELECT e.v FROM jsonb_array_elements_text(t.held) WITH ORDINALITY AS e(v, n) ORDER BY e.n) @> '{Trailers}'::text[];

-- DSQL102: features is jsonb now (line 42)
CREATE FUNCTION public.with_feature(wanted text) RETURNS SETOF integer
    LANGUAGE sql STABLE
    AS $$ SELECT id FROM public.film WHERE wanted = ANY (ARRAY(SELECT e.v FROM jsonb_array_elements_text(features) WITH ORDINALITY AS e(v, n) ORDER BY e.n)) $$;

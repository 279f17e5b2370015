CREATE TABLE public.film (
    id integer NOT NULL PRIMARY KEY,
    title text NOT NULL,
    features text[] NOT NULL,
    scores integer[],
    CONSTRAINT film_features_check CHECK (cardinality(features) < 9),
    CONSTRAINT film_scores_check CHECK (scores @> ARRAY[1])
);

-- only decides which rows are taken: NULL and false are the same
CREATE VIEW public.trailers AS
 SELECT film.id, film.features
   FROM public.film
  WHERE 'Trailers'::text = ANY (film.features) AND film.features @> ARRAY['Commentaries'::text, 'It''s'::text];

-- the value itself is asked for: NULL elements give NULL, as they did
CREATE VIEW public.asked AS
 SELECT film.id,
    'Trailers'::text = ANY (film.features) AS has_trailers,
    7 = ANY (film.scores) AS has_seven,
    array_length(film.features, 1) AS features,
    cardinality(film.scores),
    array_to_string(film.scores, ','::text) AS scores
   FROM public.film;

CREATE VIEW public.by_feature AS
 SELECT f.id, x.feature, unnest(f.features)
   FROM public.film f
     CROSS JOIN LATERAL unnest(f.features) x(feature)
  WHERE f.scores IS NOT NULL AND f.features && ARRAY['a'::text, 'b'::text];

-- through another view and a query in WITH
CREATE VIEW public.through AS
 WITH t AS (
         SELECT trailers.id, trailers.features AS held
           FROM public.trailers
        )
 SELECT t.id, t.held[1] AS first_one
   FROM t
  WHERE t.held @> '{Trailers}'::text[];

CREATE FUNCTION public.with_feature(wanted text) RETURNS SETOF integer
    LANGUAGE sql STABLE
    AS $$ SELECT id FROM public.film WHERE wanted = ANY (features) $$;

CREATE INDEX film_many ON public.film USING btree (cardinality(features)) WHERE (features @> ARRAY['Trailers'::text]);

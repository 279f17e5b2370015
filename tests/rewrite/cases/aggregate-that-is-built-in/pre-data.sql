CREATE FUNCTION public._group_concat(text, text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $_$
SELECT CASE
  WHEN $2 IS NULL THEN $1
  WHEN $1 IS NULL THEN $2
  ELSE $1 || ', ' || $2
END
$_$;

CREATE FUNCTION public.keep_first(anyelement, anyelement) RETURNS anyelement
    LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1';

CREATE TABLE public.film_actor (
    film bigint,
    actor text,
    since date,
    PRIMARY KEY (film, actor)
);

-- DSQL512: string_agg(…, ', ') instead of group_concat(…); COALESCE(array_agg(…), '{}') instead of array_accum(…); the first element of array_agg(…) instead of first(…) (line 37)
CREATE VIEW public.casts AS
 SELECT film_actor.film,
    string_agg(((film_actor.actor)::text), ', ') AS actors,
    string_agg(DISTINCT upper(film_actor.actor), ', ' ORDER BY upper(film_actor.actor)) FILTER (WHERE (film_actor.film > 1)) AS loud,
    COALESCE(array_agg(film_actor.since), '{}') AS days,
    (array_agg(film_actor.since) FILTER (WHERE (film_actor.since) IS NOT NULL))[1] AS first
   FROM public.film_actor
  GROUP BY film_actor.film;

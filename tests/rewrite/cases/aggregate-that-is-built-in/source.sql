CREATE FUNCTION public._group_concat(text, text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $_$
SELECT CASE
  WHEN $2 IS NULL THEN $1
  WHEN $1 IS NULL THEN $2
  ELSE $1 || ', ' || $2
END
$_$;

CREATE AGGREGATE public.group_concat(text) (
    SFUNC = public._group_concat,
    STYPE = text
);

CREATE AGGREGATE public.array_accum(anycompatible) (
    SFUNC = array_append,
    STYPE = anycompatiblearray,
    INITCOND = '{}'
);

CREATE FUNCTION public.keep_first(anyelement, anyelement) RETURNS anyelement
    LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1';

CREATE AGGREGATE public.first(anyelement) (
    SFUNC = public.keep_first,
    STYPE = anyelement
);

CREATE TABLE public.film_actor (
    film bigint,
    actor text,
    since date,
    PRIMARY KEY (film, actor)
);

CREATE VIEW public.casts AS
 SELECT film_actor.film,
    public.group_concat(((film_actor.actor)::text)) AS actors,
    public.group_concat(DISTINCT upper(film_actor.actor) ORDER BY upper(film_actor.actor)) FILTER (WHERE (film_actor.film > 1)) AS loud,
    public.array_accum(film_actor.since) AS days,
    public.first(film_actor.since)
   FROM public.film_actor
  GROUP BY film_actor.film;

COMMENT ON AGGREGATE public.group_concat(text) IS 'all in one';

INSERT INTO public.film_actor VALUES (1, 'Ann', NULL), (1, 'Bob', '2020-01-01'), (2, 'Cid', '2021-01-01');

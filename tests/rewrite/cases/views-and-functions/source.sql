CREATE TABLE public.points (
    id bigint PRIMARY KEY,
    x integer,
    y integer
);

CREATE FUNCTION public.double(integer) RETURNS integer
    LANGUAGE sql IMMUTABLE
    AS $_$ SELECT $1 * 2 $_$;

CREATE FUNCTION public.noisy(n integer) RETURNS integer
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE NOTICE 'n is %', n;
  RETURN n;
END;
$$;

CREATE FUNCTION public.quadruple(integer) RETURNS integer
    LANGUAGE sql IMMUTABLE
    AS $_$ SELECT public.double(public.double($1)) $_$;

-- made before the view it reads
CREATE VIEW public.far AS
 SELECT near.id FROM public.near WHERE near.x > 10;

CREATE VIEW public.near AS
 SELECT points.id, public.quadruple(points.x) AS x
   FROM public.points;

CREATE VIEW public.loud AS
 SELECT public.noisy(points.x) AS x FROM public.points;

CREATE OR REPLACE VIEW public.louder AS
 SELECT loud.x + 1 AS x FROM public.loud;

CREATE PROCEDURE public.clean()
    LANGUAGE sql
    AS $$ DELETE FROM points $$;

CREATE AGGREGATE public.product(integer) (SFUNC = int4mul, STYPE = integer);

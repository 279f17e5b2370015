CREATE TABLE public.points (
    id bigint PRIMARY KEY,
    x integer,
    y integer
);

CREATE FUNCTION public.double(integer) RETURNS integer
    LANGUAGE sql IMMUTABLE
    AS $_$ SELECT $1 * 2 $_$;

CREATE FUNCTION public.quadruple(integer) RETURNS integer
    LANGUAGE sql IMMUTABLE
    AS $_$ SELECT public.double(public.double($1)) $_$;

CREATE VIEW public.near AS
 SELECT points.id, public.quadruple(points.x) AS x
   FROM public.points;

-- made before the view it reads
CREATE VIEW public.far AS
 SELECT near.id FROM public.near WHERE near.x > 10;

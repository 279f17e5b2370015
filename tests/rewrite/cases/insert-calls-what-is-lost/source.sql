CREATE FUNCTION public.slug(title text) RETURNS text
    LANGUAGE plpgsql AS $$
DECLARE
    made text;
BEGIN
    FOR i IN 1..3 LOOP
        made := concat(made, lower(title));
    END LOOP;
    RETURN made;
END
$$;

CREATE TABLE public.page (
    id bigint PRIMARY KEY,
    slug text
);

INSERT INTO public.page VALUES (1, 'home');
INSERT INTO public.page VALUES (2, public.slug('About us'));
INSERT INTO public.page VALUES (3, lower('Imprint'));

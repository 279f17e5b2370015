CREATE TABLE public.notes (
    id bigint PRIMARY KEY,
    body text,
    changed timestamp DEFAULT now()
);

CREATE FUNCTION public.touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  NEW.changed = now();
  RETURN NEW;
END;
$$;

CREATE TRIGGER notes_touch BEFORE UPDATE ON public.notes FOR EACH ROW EXECUTE FUNCTION public.touch();

ALTER TABLE public.notes DISABLE TRIGGER notes_touch;

CREATE EVENT TRIGGER no_drops ON sql_drop EXECUTE FUNCTION public.touch();

UPDATE a SET id = id;

DELETE FROM public.a;

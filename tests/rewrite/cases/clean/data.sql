INSERT INTO public.owners (id, name) VALUES (1, 'Ada');

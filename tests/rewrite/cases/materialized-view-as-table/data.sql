INSERT INTO public.sales VALUES (1, 'north', 10.50), (2, 'south', 20.25), (3, NULL, 1.00), (4, 'it''s \n', 7.77);

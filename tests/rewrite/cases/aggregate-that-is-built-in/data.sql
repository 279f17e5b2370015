INSERT INTO public.film_actor VALUES (1, 'Ann', NULL), (1, 'Bob', '2020-01-01'), (2, 'Cid', '2021-01-01');

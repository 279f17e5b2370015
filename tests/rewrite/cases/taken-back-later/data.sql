BEGIN;
-- under the names of the bundle (line 14)
INSERT INTO public.page_visit (seen_at, page) VALUES ('2024-01-01', 'a'), ('2024-01-02', 'b, (c)');
INSERT INTO public.page_visit (seen_at, page) VALUES ('2024-01-03', 'd');
INSERT INTO draft VALUES ('kept');
COMMIT;

-- DSQL401: the numbers of line are written out (line 5)
INSERT INTO staging (name, line) VALUES ('one', 1), ('two', 2);

-- The rows above hold numbers of the sequence public.staging_line_seq.
SELECT setval('public.staging_line_seq', 2, true);

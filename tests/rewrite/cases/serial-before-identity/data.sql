BEGIN;
-- DSQL401: the numbers of id, n, s are written out (line 3)
INSERT INTO t (x, id, n, s) VALUES (1, 1, 1, 1),(2, 2, 2, 2);
-- DSQL401: the numbers of id are written out (line 4)
INSERT INTO u (t, id) VALUES (2, 1);
COMMIT;

-- DSQL401: the numbers of id, n, s are written out (line 5)
COPY t (x, id, n, s) FROM stdin;
7	3	3	3
\.

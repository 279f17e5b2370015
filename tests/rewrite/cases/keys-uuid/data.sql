-- DSQL401: id, boss converted (line 17)
COPY users (id, name, boss) FROM stdin;
1f6cca85-0000-83fb-838a-000000000001	Ada	\N
1f6cca85-0000-83fb-838a-00000000000c	Grace	1f6cca85-0000-83fb-838a-000000000001
\.

BEGIN;
-- DSQL401: id, boss converted (line 22)
-- DSQL401: the numbers of id are written out (line 22)
INSERT INTO users (name, boss, id) VALUES ('Edsger', '1f6cca85-0000-83fb-838a-00000000000c', '1f6cca85-0000-83fb-838a-00000000000d');
-- DSQL401: user_id converted (line 23)
INSERT INTO accounts VALUES ('1f6cca85-0000-83fb-838a-00000000000d', '2020-01-01'), ('1f6cca85-0000-83fb-838a-000000000001', NULL);
-- DSQL401: id converted (line 24)
-- DSQL401: the numbers of id are written out (line 24)
INSERT INTO teams (name, id) VALUES ('one', '5200be51-0000-8975-80c9-000000000001'), ('two', '5200be51-0000-8975-80c9-000000000002');
-- DSQL401: team, member converted (line 25)
INSERT INTO members VALUES ('5200be51-0000-8975-80c9-000000000001', '1f6cca85-0000-83fb-838a-00000000000d'), ('5200be51-0000-8975-80c9-000000000002', '1f6cca85-0000-83fb-838a-000000000001');
-- DSQL401: the numbers of id are written out (line 30)
INSERT INTO tickets (what, id) VALUES ('first', 1);
COMMIT;

-- The rows above hold numbers of the sequence public.tickets_id_seq.
SELECT setval('public.tickets_id_seq', 1, true);

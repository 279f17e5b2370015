-- under the names of the bundle (line 11)
COPY readings (sensor, value) FROM stdin;
1	20.50
1	20.50
\.

BEGIN;
-- under the names of the bundle (line 15)
INSERT INTO readings (sensor, value) VALUES (2, 3.25), (2, NULL);
INSERT INTO tagged (tag) VALUES ('x');
COMMIT;

INSERT INTO tagged SELECT 7, 'y';

INSERT INTO shown VALUES (1);

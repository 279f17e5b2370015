SET search_path = travels;
SET DateStyle = 'ISO, DMY';

COPY trips (id, day) FROM stdin;
1	03/02/2026
2	01/12/2026
\.

INSERT INTO trips VALUES (3, '04/05/2026');

INSERT INTO stops VALUES (1, 'Faro');

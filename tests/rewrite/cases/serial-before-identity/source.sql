CREATE TABLE t (id serial primary key, n bigserial, x int, s smallserial);
CREATE TABLE u (id bigint generated always as identity primary key, t int references t);
INSERT INTO t (x) VALUES (1),(2);
INSERT INTO u (t) VALUES (2);
COPY t (x) FROM stdin;
7
\.

CREATE SCHEMA a1; CREATE SCHEMA a2; CREATE SCHEMA a3;
CREATE UNLOGGED TABLE a1.u (id serial PRIMARY KEY, n int);
INSERT INTO a1.u (n) VALUES (3);
CREATE TABLE a1.k (id int PRIMARY KEY);
CREATE TABLE a1.tags (id int NOT NULL, kind int, at int REFERENCES a1.k, PRIMARY KEY (id, kind), CHECK (id > 0), CONSTRAINT named CHECK (id > 1), UNIQUE (kind, id)) PARTITION BY LIST (kind);
CREATE TABLE a1.tags_1 PARTITION OF a1.tags FOR VALUES IN (1);
CREATE TABLE a1.tags_2 (id int NOT NULL, kind int NOT NULL, at int, CONSTRAINT tags_id_check CHECK (id > 0), CONSTRAINT named CHECK (id > 1), CONSTRAINT own UNIQUE (id, kind));
ALTER TABLE a1.tags ATTACH PARTITION a1.tags_2 FOR VALUES IN (2);
CREATE INDEX ON a1.tags (at);
COPY a1.tags_1 (id, kind, at) FROM stdin;
3	1	\N
\.
COMMENT ON TABLE a1.tags IS 'x';

CREATE TABLE t (id bigint PRIMARY KEY, name text, done boolean);

CREATE INDEX t_open ON t (name) WHERE NOT done;
CREATE INDEX t_lower ON t (lower(name));
CREATE UNIQUE INDEX t_one_open ON t (name) WHERE NOT done;

CREATE TABLE t (id integer primary key, /* DSQL401: was serial; the application gives the number */ n bigint NOT NULL, /* DSQL401: was bigserial; the application gives the number */ x int, s smallint NOT NULL /* DSQL401: was smallserial; the application gives the number */);

-- DSQL203: foreign key u_t_fkey: DSQL has foreign keys from 2026-08-26 (line 2)
CREATE TABLE u (id bigint primary key, /* DSQL402: the application gives the number */ t int);

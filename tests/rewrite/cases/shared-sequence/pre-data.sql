-- DSQL404: CACHE said: DSQL wants it (line 1)
CREATE SEQUENCE ids CACHE 1;

CREATE TABLE cats (id bigint DEFAULT nextval('ids') PRIMARY KEY, name text);

CREATE TABLE dogs (id bigint DEFAULT nextval('ids') PRIMARY KEY, name text);

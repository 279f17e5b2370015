CREATE SEQUENCE ids;

CREATE TABLE cats (id bigint DEFAULT nextval('ids') PRIMARY KEY, name text);
CREATE TABLE dogs (id bigint DEFAULT nextval('ids') PRIMARY KEY, name text);

INSERT INTO cats (name) VALUES ('Tom');
INSERT INTO dogs (name) VALUES ('Rex');

-- DSQL404: CACHE said: DSQL wants it (line 1)
CREATE SEQUENCE numbers START 10 CACHE 1;

CREATE TABLE accounts (
    id int DEFAULT nextval('numbers') PRIMARY KEY,
    name text
);

CREATE TABLE payments (
    id int DEFAULT nextval('numbers') PRIMARY KEY,
    account int
);

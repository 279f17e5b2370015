CREATE SEQUENCE numbers START 10;
SELECT nextval('numbers');

CREATE TABLE accounts (
    id int DEFAULT nextval('numbers') PRIMARY KEY,
    name text
);

CREATE TABLE payments (
    id int DEFAULT nextval('numbers') PRIMARY KEY,
    account int
);

INSERT INTO accounts (name) VALUES ('cash');
INSERT INTO payments (account) VALUES (11);

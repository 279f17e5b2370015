CREATE TABLE users (
    id int PRIMARY KEY,
    login text,
    legacy text, -- until 2020
    age smallint
);

ALTER TABLE users ADD COLUMN email text NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN number serial;
ALTER TABLE users RENAME COLUMN login TO handle;
ALTER TABLE users ALTER COLUMN handle SET NOT NULL, ALTER COLUMN age TYPE integer;
ALTER TABLE users DROP COLUMN legacy;
ALTER TABLE users RENAME TO members;
ALTER TABLE members ALTER COLUMN age SET DEFAULT 18;
ALTER TABLE members ADD CONSTRAINT adult CHECK (age >= 18);
ALTER TABLE members ADD CONSTRAINT brief CHECK (true);
ALTER TABLE members DROP CONSTRAINT brief;
CREATE INDEX members_handle ON members (handle);
ALTER INDEX members_handle RENAME TO members_by_handle;
CREATE TABLE scratch (id int);
ALTER TABLE scratch ADD note text;
DROP TABLE scratch;

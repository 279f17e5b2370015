CREATE TABLE users (
    login text NOT NULL,
    age int CHECK (age > 0),
    boss text,
    PRIMARY KEY (login),
    CONSTRAINT old_name UNIQUE (age, login),
    FOREIGN KEY (boss) REFERENCES users (login)
);

CREATE INDEX users_lower ON users (lower(login), age) WHERE login <> 'login';

ALTER TABLE users RENAME COLUMN login TO "user";
ALTER TABLE users RENAME COLUMN boss TO chief;
ALTER TABLE users RENAME COLUMN age TO years;
ALTER TABLE users RENAME CONSTRAINT old_name TO new_name;
ALTER TABLE users RENAME TO people;

-- The people we know.
CREATE TABLE people (
    id SERIAL PRIMARY KEY,          -- never reused
    badge BIGSERIAL UNIQUE NOT NULL,
    small smallserial,
    name varchar(80) NOT NULL       -- as on the passport
);

INSERT INTO people (name) VALUES ('Ada'), ('Grace');
INSERT INTO people (name, small) VALUES ('Edsger', 7);

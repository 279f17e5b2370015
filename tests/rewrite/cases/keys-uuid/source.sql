CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL, boss int REFERENCES users (id));
CREATE TABLE accounts (user_id int PRIMARY KEY REFERENCES users (id), opened date);
CREATE TABLE teams (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text,
    PRIMARY KEY (id)
);
CREATE TABLE members (
    team bigint NOT NULL,
    member int DEFAULT 1,
    CHECK (member > 0),
    PRIMARY KEY (team, member)
);
ALTER TABLE members ADD FOREIGN KEY (team) REFERENCES teams (id) ON DELETE CASCADE;
ALTER TABLE members ADD CONSTRAINT members_of_users FOREIGN KEY (member) REFERENCES users (id);

COPY users (id, name, boss) FROM stdin;
1	Ada	\N
12	Grace	1
\.
SELECT setval('users_id_seq', 12);
INSERT INTO users (name, boss) VALUES ('Edsger', 12);
INSERT INTO accounts VALUES (currval('users_id_seq'), '2020-01-01'), (1, NULL);
INSERT INTO teams (name) VALUES ('one'), ('two');
INSERT INTO members VALUES (1, 13), (2, 1);

-- Reckoned with: it stays a number.
CREATE TABLE tickets (id serial PRIMARY KEY, what text);
CREATE VIEW numbered AS SELECT id + 1000 AS number, what FROM tickets;
INSERT INTO tickets (what) VALUES ('first');

CREATE VIEW people AS SELECT u.name, t.name AS team FROM users u JOIN members m ON m.member = u.id JOIN teams t ON t.id = m.team;

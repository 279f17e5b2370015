CREATE TABLE pairs (a int NOT NULL, b int NOT NULL, c int, CONSTRAINT pairs_once UNIQUE (a, b));
ALTER TABLE pairs ADD PRIMARY KEY (a, b);
ALTER TABLE pairs ADD CONSTRAINT c_first UNIQUE (c);
ALTER TABLE pairs ADD CONSTRAINT c_second UNIQUE (c);
CREATE TABLE notes (a int, b int, FOREIGN KEY (a, b) REFERENCES pairs (a, b));

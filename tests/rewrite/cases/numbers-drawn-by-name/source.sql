CREATE TABLE authors (id serial PRIMARY KEY, name text);
CREATE TABLE books (id serial PRIMARY KEY, author int REFERENCES authors (id), title text);

INSERT INTO authors (name) VALUES ('Ursula');
INSERT INTO books (author, title) VALUES (currval('authors_id_seq'), 'The Dispossessed');
INSERT INTO authors VALUES (nextval('authors_id_seq'), 'Iain');
INSERT INTO books (author, title) VALUES (lastval(), 'Use of Weapons');
INSERT INTO books (id, author, title) VALUES
    (nextval('books_id_seq'), currval(pg_get_serial_sequence('authors', 'id')), 'Excession'),
    (nextval('books_id_seq'), 1, 'Lavinia; nextval(''authors_id_seq'') is a text here');
UPDATE books SET title = title || currval('books_id_seq') WHERE id = 1;

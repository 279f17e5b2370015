CREATE SEQUENCE old_numbers START 100;
CREATE TABLE orders (id int DEFAULT nextval('old_numbers') PRIMARY KEY, number int DEFAULT nextval('old_numbers'::regclass));
CREATE FUNCTION next_number() RETURNS bigint LANGUAGE sql AS $$ SELECT nextval('old_numbers') $$;
CREATE VIEW numbering AS SELECT currval('old_numbers'::regclass) AS last;
SELECT setval('old_numbers', 50);
ALTER SEQUENCE old_numbers RENAME TO "Order Numbers";
ALTER SEQUENCE "Order Numbers" INCREMENT BY 5 MAXVALUE 900 CYCLE;

CREATE TABLE parts (id serial PRIMARY KEY, name text);
INSERT INTO parts (id, name) VALUES (7, 'bolt');
SELECT setval(pg_get_serial_sequence('parts', 'id'), (SELECT max(id) FROM parts));
SELECT pg_catalog.setval(pg_get_serial_sequence('public.parts', 'id'), 40, true);
ALTER SEQUENCE parts_id_seq RENAME TO part_numbers;

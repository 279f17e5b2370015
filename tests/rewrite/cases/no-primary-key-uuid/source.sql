CREATE TABLE readings (
    sensor int NOT NULL,
    value numeric(8,2)   -- in degrees
);
CREATE TABLE tagged (id int, tag text);
CREATE TABLE shown (a int);
CREATE VIEW all_shown AS SELECT * FROM shown;
CREATE TABLE keyed (id int PRIMARY KEY);
CREATE INDEX readings_sensor ON readings (sensor);

COPY readings FROM stdin;
1	20.50
1	20.50
\.
INSERT INTO readings VALUES (2, 3.25), (2, NULL);
INSERT INTO tagged (tag) VALUES ('x');
INSERT INTO tagged SELECT 7, 'y';
INSERT INTO shown VALUES (1);

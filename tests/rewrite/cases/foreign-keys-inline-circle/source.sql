CREATE TABLE shops (id int PRIMARY KEY, head int);
CREATE TABLE staff (id int PRIMARY KEY, shop int NOT NULL, mentor int);
CREATE TABLE codes (code text NOT NULL);
CREATE TABLE uses (code text NOT NULL);

COPY shops (id, head) FROM stdin;
1	5
\.

COPY staff (id, shop, mentor) FROM stdin;
5	1	6
6	1	5
\.

CREATE UNIQUE INDEX codes_code ON codes (code);
ALTER TABLE shops ADD CONSTRAINT shops_head_fkey FOREIGN KEY (head) REFERENCES staff (id);
ALTER TABLE staff ADD CONSTRAINT staff_shop_fkey FOREIGN KEY (shop) REFERENCES shops (id);
ALTER TABLE staff ADD CONSTRAINT staff_mentor_fkey FOREIGN KEY (mentor) REFERENCES staff (id);
ALTER TABLE uses ADD CONSTRAINT uses_code_fkey FOREIGN KEY (code) REFERENCES codes (code);

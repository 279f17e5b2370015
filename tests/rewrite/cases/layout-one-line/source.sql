CREATE TABLE a (id serial primary key, -- the key, of course
 name text /* first, last */ not null, b int[], unique (name));
CREATE TABLE b (id int, a int references a(id), x inet);
ALTER TABLE b ADD PRIMARY KEY (id);
CREATE TABLE c (id int); ALTER TABLE c ADD PRIMARY KEY (id);
CREATE TABLE d ();
ALTER TABLE d ADD id int PRIMARY KEY;

-- DSQL208: a column id, uuid, is its primary key, as decided (line 1)
CREATE TABLE readings (
    sensor int NOT NULL,
    value numeric(8,2),   -- in degrees
    id uuid DEFAULT gen_random_uuid() CONSTRAINT readings_pkey PRIMARY KEY  -- DSQL208: the table had no primary key
);

-- DSQL208: a column id_1, uuid, is its primary key, as decided (line 5)
CREATE TABLE tagged (id int, tag text,
    id_1 uuid DEFAULT gen_random_uuid() CONSTRAINT tagged_pkey PRIMARY KEY  -- DSQL208: the table had no primary key
);

CREATE TABLE shown (a int);

CREATE VIEW all_shown AS SELECT * FROM shown;

CREATE TABLE keyed (id int PRIMARY KEY);

CREATE TABLE item (
    id integer PRIMARY KEY,
    price numeric(10,2) NOT NULL,
    gross numeric(10,2) GENERATED ALWAYS AS (price * 1.2) STORED, -- with tax
    label text GENERATED ALWAYS AS ('no ' || id::text) STORED
);

CREATE TABLE empty (
    id integer PRIMARY KEY,
    twice integer GENERATED ALWAYS AS (id * 2) STORED
);

CREATE TABLE template (
    id bigint PRIMARY KEY,
    name text DEFAULT 'x' NOT NULL
);

CREATE TABLE bare (LIKE template, extra int);

CREATE TABLE full_copy (LIKE template INCLUDING ALL,
    CONSTRAINT full_copy_pkey PRIMARY KEY (id)
);

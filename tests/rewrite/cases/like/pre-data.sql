CREATE TABLE template (
    id bigint PRIMARY KEY,
    name text DEFAULT 'x' NOT NULL
);

CREATE TABLE bare (id bigint NOT NULL,
    name text NOT NULL, extra int);

CREATE TABLE full_copy (id bigint NOT NULL,
    name text DEFAULT 'x' NOT NULL,
    CONSTRAINT full_copy_pkey PRIMARY KEY (id)
);

CREATE TABLE template (
    id bigint PRIMARY KEY,
    name text DEFAULT 'x' NOT NULL
);

-- LIKE written out: what it copied may have changed since (line 6)
CREATE TABLE bare (id bigint NOT NULL,
    name text NOT NULL, extra int);

-- LIKE written out: what it copied may have changed since (line 7)
CREATE TABLE full_copy (id bigint NOT NULL,
    name text DEFAULT 'x' NOT NULL,
    CONSTRAINT full_copy_pkey PRIMARY KEY (id)
);

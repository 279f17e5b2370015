CREATE TABLE visit (
    id serial,
    seen timestamp NULL,
    page text NULL,
    old_page text,
    PRIMARY KEY (id),
    CONSTRAINT page_known CHECK (page <> ''),
    CONSTRAINT visit_once UNIQUE (seen, page)
);
COMMENT ON TABLE visit IS 'who came';
COMMENT ON COLUMN visit.seen IS 'when';
COMMENT ON COLUMN visit.old_page IS 'goes with its column';

CREATE TABLE counted (id serial PRIMARY KEY, n int);
ALTER TABLE counted ALTER COLUMN id TYPE bigint;

ALTER TABLE visit DROP CONSTRAINT visit_pkey;
ALTER TABLE visit DROP CONSTRAINT page_known;
ALTER TABLE visit DROP COLUMN id, DROP COLUMN old_page;
ALTER TABLE visit ALTER COLUMN seen SET NOT NULL;
ALTER TABLE visit RENAME COLUMN seen TO seen_at;
ALTER TABLE visit ADD PRIMARY KEY (seen_at, page);
ALTER TABLE visit RENAME TO page_visit;

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

INSERT INTO visit (seen, page, old_page) VALUES ('2024-01-01', 'a', 'x'), ('2024-01-02', 'b, (c)', NULL);
INSERT INTO visit VALUES (10, '2024-01-03', 'd', 'y');

CREATE TABLE draft (a int);
INSERT INTO draft VALUES (1);
DROP TABLE draft;
CREATE TABLE draft (b text PRIMARY KEY);
INSERT INTO draft VALUES ('kept');

CREATE TABLE counted (id serial PRIMARY KEY, n int);
ALTER TABLE counted ALTER COLUMN id TYPE bigint;

ALTER TABLE visit DROP CONSTRAINT visit_pkey;
ALTER TABLE visit DROP CONSTRAINT page_known;
ALTER TABLE visit DROP COLUMN id, DROP COLUMN old_page;
ALTER TABLE visit ALTER COLUMN seen SET NOT NULL;
ALTER TABLE visit RENAME COLUMN seen TO seen_at;
ALTER TABLE visit ADD PRIMARY KEY (page, seen_at);
ALTER TABLE visit RENAME TO page_visit;

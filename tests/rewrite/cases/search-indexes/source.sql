CREATE EXTENSION pg_trgm;
CREATE TABLE articles (
    id bigint PRIMARY KEY,
    author int NOT NULL,
    title text NOT NULL,
    body text,
    tags text[],
    props jsonb,
    labels jsonb,
    shown tstzrange,
    made timestamptz,
    state text,
    language text GENERATED ALWAYS AS (props ->> 'language') STORED
);
CREATE INDEX articles_state ON articles USING hash (state);
CREATE INDEX articles_made ON articles USING brin (made);
CREATE INDEX articles_props ON articles USING gin (props jsonb_path_ops);
CREATE INDEX articles_labels ON articles USING gin (labels) WHERE (labels IS NOT NULL);
CREATE INDEX articles_tags ON articles USING gin (tags);
CREATE INDEX articles_shown ON articles USING gist (shown);
CREATE INDEX articles_text ON articles USING gin (to_tsvector('english', body));
CREATE INDEX articles_title ON articles USING gin (title gin_trgm_ops);
CREATE INDEX articles_author_body ON articles USING gin (author, body gin_trgm_ops);
CREATE VIEW english AS
    SELECT id, props ->> 'title' AS title FROM articles
    WHERE props @> '{"language": "en"}' AND props -> 'editor' ->> 'name' IS NOT NULL;
CREATE VIEW by_title AS SELECT id FROM articles WHERE lower(title) LIKE 'a%';
CREATE FUNCTION tagged(tag text) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
BEGIN RETURN QUERY SELECT id FROM articles WHERE tags @> ARRAY[tag]; END $$;

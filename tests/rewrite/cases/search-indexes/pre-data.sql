CREATE TABLE articles (
    id bigint PRIMARY KEY,
    author int NOT NULL,
    title text NOT NULL,
    body text,
    tags jsonb,  -- DSQL102: was text[]
    props jsonb,
    labels jsonb,
    shown_lower timestamp with time zone,  -- DSQL101: was tstzrange
    shown_upper timestamp with time zone,
    shown_bounds text,
    made timestamptz,
    state text,
    language text GENERATED ALWAYS AS (props ->> 'language') STORED,
    CONSTRAINT articles_shown_check CHECK (CASE coalesce(shown_bounds, 'empty') WHEN 'empty' THEN shown_lower IS NULL AND shown_upper IS NULL ELSE shown_bounds IN ('[)', '[]', '(]', '()') AND shown_lower <= shown_upper END)  -- DSQL101: what the type of shown said
);

CREATE VIEW english AS
    SELECT id, props ->> 'title' AS title FROM articles
    WHERE props @> '{"language": "en"}' AND props -> 'editor' ->> 'name' IS NOT NULL;

CREATE VIEW by_title AS SELECT id FROM articles WHERE lower(title) LIKE 'a%';

-- DSQL502: in SQL now, with the same meaning; tags is jsonb now (line 28)
CREATE FUNCTION tagged(tag text) RETURNS SETOF bigint LANGUAGE sql AS $$
  SELECT id FROM articles WHERE (CASE WHEN tags IS NOT NULL THEN ARRAY(SELECT e.v FROM jsonb_array_elements_text(tags) WITH ORDINALITY AS e(v, n) ORDER BY e.n) END) @> ARRAY[tag]
$$;

-- hstore is played by a domain over text: its values are proved as text, its operators are not there
CREATE DOMAIN hstore AS text;
-- Reads the literal as hstore_in does: pairs of quoted or bare words, NULL where the word is bare; the first of equal keys counts.
CREATE FUNCTION hstore_to_jsonb(value hstore) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT coalesce(jsonb_object_agg(k, v), '{}') FROM (
    SELECT DISTINCT ON (k) k, v FROM (
      SELECT n, coalesce(regexp_replace(p[1], '\\(.)', '\1', 'g'), regexp_replace(p[2], '\\(.)', '\1', 'g')) AS k,
             CASE WHEN lower(p[4]) = 'null' THEN NULL
                  ELSE coalesce(regexp_replace(p[3], '\\(.)', '\1', 'g'), regexp_replace(p[4], '\\(.)', '\1', 'g')) END AS v
      FROM regexp_matches(value::text,
        '(?:"((?:[^"\\]|\\.)*)"|((?:[^"\\=,\s]|\\.)+))\s*=>\s*(?:"((?:[^"\\]|\\.)*)"|((?:[^"\\,\s]|\\.)+))', 'g')
        WITH ORDINALITY AS found(p, n)) pairs
    ORDER BY k, n) once
$$;

-- pg_trgm is played by functions that raise an error when they are called; its operators and indexes are not there
CREATE FUNCTION similarity(text, text) RETURNS real LANGUAGE plpgsql IMMUTABLE STRICT AS
  $$ BEGIN RAISE EXCEPTION 'similarity is not available in the replay' USING ERRCODE = '0A000'; END $$;
CREATE FUNCTION word_similarity(text, text) RETURNS real LANGUAGE plpgsql IMMUTABLE STRICT AS
  $$ BEGIN RAISE EXCEPTION 'word_similarity is not available in the replay' USING ERRCODE = '0A000'; END $$;
CREATE FUNCTION show_trgm(text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT AS
  $$ BEGIN RAISE EXCEPTION 'show_trgm is not available in the replay' USING ERRCODE = '0A000'; END $$;

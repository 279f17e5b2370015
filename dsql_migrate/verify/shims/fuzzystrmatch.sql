-- fuzzystrmatch is played by functions that raise an error when they are called
CREATE FUNCTION levenshtein(text, text) RETURNS integer LANGUAGE plpgsql IMMUTABLE STRICT AS
  $$ BEGIN RAISE EXCEPTION 'levenshtein is not available in the replay' USING ERRCODE = '0A000'; END $$;
CREATE FUNCTION soundex(text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS
  $$ BEGIN RAISE EXCEPTION 'soundex is not available in the replay' USING ERRCODE = '0A000'; END $$;
CREATE FUNCTION metaphone(text, integer) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS
  $$ BEGIN RAISE EXCEPTION 'metaphone is not available in the replay' USING ERRCODE = '0A000'; END $$;
CREATE FUNCTION dmetaphone(text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS
  $$ BEGIN RAISE EXCEPTION 'dmetaphone is not available in the replay' USING ERRCODE = '0A000'; END $$;

-- pgcrypto is played in part: digest() with md5 and SHA-2, random bytes; the rest raises an error when it is called
CREATE FUNCTION digest(data bytea, type text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  CASE pg_catalog.lower(type)
    WHEN 'md5' THEN RETURN pg_catalog.decode(pg_catalog.md5(data), 'hex');
    WHEN 'sha224' THEN RETURN pg_catalog.sha224(data);
    WHEN 'sha256' THEN RETURN pg_catalog.sha256(data);
    WHEN 'sha384' THEN RETURN pg_catalog.sha384(data);
    WHEN 'sha512' THEN RETURN pg_catalog.sha512(data);
    ELSE RAISE EXCEPTION 'digest with % is not available in the replay', type USING ERRCODE = '0A000';
  END CASE;
END $$;
CREATE FUNCTION digest(data text, type text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE bytes bytea := pg_catalog.convert_to(data, 'UTF8');
BEGIN
  CASE pg_catalog.lower(type)
    WHEN 'md5' THEN RETURN pg_catalog.decode(pg_catalog.md5(bytes), 'hex');
    WHEN 'sha224' THEN RETURN pg_catalog.sha224(bytes);
    WHEN 'sha256' THEN RETURN pg_catalog.sha256(bytes);
    WHEN 'sha384' THEN RETURN pg_catalog.sha384(bytes);
    WHEN 'sha512' THEN RETURN pg_catalog.sha512(bytes);
    ELSE RAISE EXCEPTION 'digest with % is not available in the replay', type USING ERRCODE = '0A000';
  END CASE;
END $$;
CREATE FUNCTION gen_random_bytes(count integer) RETURNS bytea LANGUAGE sql VOLATILE STRICT AS $$
  SELECT pg_catalog.substring(pg_catalog.decode(pg_catalog.string_agg(
    pg_catalog.replace(pg_catalog.gen_random_uuid()::text, '-', ''), ''), 'hex'), 1, count)
  FROM pg_catalog.generate_series(0, count / 16) $$;
CREATE FUNCTION gen_salt(type text) RETURNS text LANGUAGE plpgsql VOLATILE STRICT AS
  $$ BEGIN RAISE EXCEPTION 'gen_salt is not available in the replay' USING ERRCODE = '0A000'; END $$;
CREATE FUNCTION gen_salt(type text, iterations integer) RETURNS text LANGUAGE plpgsql VOLATILE STRICT AS
  $$ BEGIN RAISE EXCEPTION 'gen_salt is not available in the replay' USING ERRCODE = '0A000'; END $$;
CREATE FUNCTION crypt(password text, salt text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS
  $$ BEGIN RAISE EXCEPTION 'crypt is not available in the replay' USING ERRCODE = '0A000'; END $$;
CREATE FUNCTION hmac(data text, key text, type text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS
  $$ BEGIN RAISE EXCEPTION 'hmac is not available in the replay' USING ERRCODE = '0A000'; END $$;
CREATE FUNCTION hmac(data bytea, key bytea, type text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS
  $$ BEGIN RAISE EXCEPTION 'hmac is not available in the replay' USING ERRCODE = '0A000'; END $$;
CREATE FUNCTION pgp_sym_encrypt(data text, psw text) RETURNS bytea LANGUAGE plpgsql VOLATILE STRICT AS
  $$ BEGIN RAISE EXCEPTION 'pgp_sym_encrypt is not available in the replay' USING ERRCODE = '0A000'; END $$;
CREATE FUNCTION pgp_sym_decrypt(msg bytea, psw text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS
  $$ BEGIN RAISE EXCEPTION 'pgp_sym_decrypt is not available in the replay' USING ERRCODE = '0A000'; END $$;
CREATE FUNCTION encrypt(data bytea, key bytea, type text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS
  $$ BEGIN RAISE EXCEPTION 'encrypt is not available in the replay' USING ERRCODE = '0A000'; END $$;
CREATE FUNCTION decrypt(data bytea, key bytea, type text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS
  $$ BEGIN RAISE EXCEPTION 'decrypt is not available in the replay' USING ERRCODE = '0A000'; END $$;

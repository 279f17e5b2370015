CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA public;
COMMENT ON EXTENSION "uuid-ossp" IS 'generate universally unique identifiers (UUIDs)';
CREATE EXTENSION citext;
CREATE EXTENSION hstore;
CREATE EXTENSION pgcrypto;

CREATE TABLE public.accounts (
    id uuid DEFAULT public.uuid_generate_v4() NOT NULL PRIMARY KEY,
    other uuid DEFAULT gen_random_uuid(),
    login public.citext NOT NULL UNIQUE,
    extra public.hstore,
    secret text DEFAULT crypt('x', gen_salt('bf'))
);

COPY public.accounts (id, other, login, extra, secret) FROM stdin;
6ba7b810-9dad-11d1-80b4-00c04fd430c8	\N	Ada	"k"=>"v", "n"=>NULL	s
\.

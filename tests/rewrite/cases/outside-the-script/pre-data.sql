-- the script takes it for there: made here (line 10)
CREATE SCHEMA storage;

-- DSQL203: foreign key profiles_id_fkey: auth.users is not in the bundle (line 1)
CREATE TABLE public.profiles (
    id uuid NOT NULL PRIMARY KEY,
    username text
);

-- DSQL203: foreign key notes_owner_fkey: auth.users is not in the bundle (line 5)
CREATE TABLE public.notes (id bigint PRIMARY KEY, owner uuid, body text, made timestamptz DEFAULT now());

CREATE TABLE storage.things (id int primary key);

CREATE TABLE public.k (id uuid DEFAULT gen_random_uuid() PRIMARY KEY, /* DSQL520: default was extensions.uuid_generate_v4() */ x int);

-- DSQL203: foreign key likes_account_fkey: public.auth_user is not in the bundle (line 13)
CREATE TABLE public.likes (id bigint PRIMARY KEY, account integer);

CREATE TABLE public.profiles (
    id uuid NOT NULL PRIMARY KEY REFERENCES auth.users(id) ON DELETE CASCADE,
    username text
);
CREATE TABLE public.notes (id bigint PRIMARY KEY, owner uuid REFERENCES auth.users(id), body text, made timestamptz DEFAULT now());
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON public.notes USING (auth.uid() = owner);
CREATE VIEW public.people AS SELECT u.id, p.username FROM auth.users u JOIN public.profiles p ON p.id = u.id;
CREATE TRIGGER on_auth_user_created AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.handle_new_user();
CREATE TABLE storage.things (id int primary key);
CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA extensions;
CREATE TABLE public.k (id uuid DEFAULT extensions.uuid_generate_v4() PRIMARY KEY, x int);
CREATE TABLE public.likes (id bigint PRIMARY KEY, account integer REFERENCES public.auth_user (id));

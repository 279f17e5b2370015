CREATE TYPE public.state AS ENUM ('draft', 'out');

CREATE TABLE public.members (team integer, name text);

CREATE TABLE public.docs (
    id bigint PRIMARY KEY,
    team integer,
    owner text NOT NULL,
    state public.state,
    tags text[]
);
ALTER TABLE public.docs ENABLE ROW LEVEL SECURITY;
-- People see what is theirs.
CREATE POLICY own ON public.docs FOR SELECT USING (owner = CURRENT_USER);
CREATE POLICY of_team ON public.docs USING ((EXISTS ( SELECT 1 FROM public.members m
    WHERE m.team = docs.team AND m.name = CURRENT_USER))) WITH CHECK (false);
CREATE POLICY tagged ON public.docs FOR SELECT TO readers, "Chief's" USING ('open' = ANY (tags));
CREATE POLICY no_drafts ON public.docs AS RESTRICTIVE FOR SELECT TO readers USING (state <> 'draft'::public.state);
CREATE POLICY add ON public.docs FOR INSERT WITH CHECK (owner = CURRENT_USER);

CREATE TABLE public.shut (id bigint PRIMARY KEY);
CREATE TABLE public.shut_visible (id bigint PRIMARY KEY);
ALTER TABLE public.shut ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.shut FORCE ROW LEVEL SECURITY;

CREATE TABLE public.tenants (id bigint PRIMARY KEY, tenant text);
ALTER TABLE public.tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY one ON public.tenants USING (tenant = current_setting('app.tenant', true));

CREATE TABLE public.named (id bigint PRIMARY KEY, app text);
ALTER TABLE public.named ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_app ON public.named FOR SELECT USING (app = current_setting('application_name'::text));

CREATE TABLE public.notes (id bigint PRIMARY KEY, doc bigint);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY with_doc ON public.notes FOR SELECT USING (doc IN (SELECT id FROM public.docs));

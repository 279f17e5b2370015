-- DSQL107: enum to a domain with CHECK (line 1)
CREATE DOMAIN public.state AS text
    CONSTRAINT state_check CHECK (VALUE IN ('draft', 'out'));

CREATE TABLE public.members (team integer, name text);

CREATE TABLE public.docs (
    id bigint PRIMARY KEY,
    team integer,
    owner text NOT NULL,
    state public.state,
    tags jsonb  -- DSQL102: was text[]
);

-- DSQL508: for reading: docs_visible shows the rows that a role may see; tags is jsonb now. It does not keep writes, and whoever may read the table itself sees all rows: grant SELECT on the view in its place (grants stay as they are). The owner saw all rows, as roles with BYPASSRLS did; through the view each role sees what the policies let it (line 12)
CREATE VIEW public.docs_visible WITH (security_barrier = true) AS
    SELECT id, team, owner, state, tags
    FROM public.docs
    WHERE ((owner = CURRENT_USER)
        OR ((EXISTS ( SELECT 1 FROM public.members m
    WHERE m.team = docs.team AND m.name = CURRENT_USER)))
        OR (EXISTS (SELECT 1 FROM pg_catalog.pg_roles AS r WHERE r.rolname IN ('readers', 'Chief''s') AND pg_catalog.pg_has_role(CURRENT_USER, r.oid, 'USAGE')) AND (tags ? 'open')))
      AND (NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles AS r WHERE r.rolname IN ('readers') AND pg_catalog.pg_has_role(CURRENT_USER, r.oid, 'USAGE')) OR (state <> 'draft'::public.state));

CREATE TABLE public.shut (id bigint PRIMARY KEY);

CREATE TABLE public.shut_visible (id bigint PRIMARY KEY);

-- DSQL508: for reading: shut_visible_1 shows the rows that a role may see. It does not keep writes, and whoever may read the table itself sees all rows: grant SELECT on the view in its place (grants stay as they are). FORCE held the owner too; through the view each role sees what the policies let it (line 23)
CREATE VIEW public.shut_visible_1 WITH (security_barrier = true) AS
    SELECT id
    FROM public.shut
    WHERE false;

CREATE TABLE public.tenants (id bigint PRIMARY KEY, tenant text);

CREATE TABLE public.named (id bigint PRIMARY KEY, app text);

-- DSQL508: for reading: named_visible shows the rows that a role may see. It does not keep writes, and whoever may read the table itself sees all rows: grant SELECT on the view in its place (grants stay as they are). The owner saw all rows, as roles with BYPASSRLS did; through the view each role sees what the policies let it (line 31)
CREATE VIEW public.named_visible WITH (security_barrier = true) AS
    SELECT id, app
    FROM public.named
    WHERE (app = current_setting('application_name'::text));

CREATE TABLE public.notes (id bigint PRIMARY KEY, doc bigint);

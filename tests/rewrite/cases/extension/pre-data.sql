-- DSQL101: unique accounts_login_key: a unique index on lower(…): no two rows differ in case alone (line 7)
CREATE TABLE public.accounts (
    id uuid DEFAULT gen_random_uuid() NOT NULL PRIMARY KEY,  -- DSQL520: default was public.uuid_generate_v4()
    other uuid DEFAULT gen_random_uuid(),
    login text NOT NULL,  -- DSQL101: was public.citext
    extra jsonb,  -- DSQL101: was public.hstore
    secret text  -- its default is the application's: it calls crypt: function crypt does not exist
);

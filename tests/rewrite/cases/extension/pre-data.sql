CREATE TABLE public.accounts (
    id uuid DEFAULT gen_random_uuid() NOT NULL PRIMARY KEY,
    other uuid DEFAULT gen_random_uuid(),
    login text NOT NULL UNIQUE,  -- DSQL101: was public.citext
    extra jsonb,  -- DSQL101: was public.hstore
    secret text  -- its default is the application's: it calls crypt: function crypt does not exist
);

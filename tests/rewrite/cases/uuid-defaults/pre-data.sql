CREATE TABLE public.thing (
    id uuid DEFAULT gen_random_uuid() NOT NULL PRIMARY KEY,  -- DSQL520: default was public.uuid_generate_v4()
    made uuid DEFAULT gen_random_uuid(),  -- DSQL520: default was uuid_generate_v1()
    sorted uuid DEFAULT gen_random_uuid(),  -- DSQL520: default was uuidv7()
    place uuid  -- its default is the application's: it calls uuid_generate_v5: function uuid_generate_v5 does not exist
);

-- DSQL520: gen_random_uuid() instead of uuid_generate_v4() (line 10)
CREATE VIEW public.fresh AS
 SELECT gen_random_uuid() AS uuid_generate_v4;

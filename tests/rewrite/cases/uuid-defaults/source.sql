CREATE EXTENSION "uuid-ossp";

CREATE TABLE public.thing (
    id uuid DEFAULT public.uuid_generate_v4() NOT NULL PRIMARY KEY,
    made uuid DEFAULT uuid_generate_v1(),
    sorted uuid DEFAULT uuidv7(),
    place uuid DEFAULT uuid_generate_v5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'x')
);

CREATE VIEW public.fresh AS
 SELECT public.uuid_generate_v4();

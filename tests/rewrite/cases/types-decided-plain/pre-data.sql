-- DSQL101: DSQL has no type inet: network order and containment; the value is no longer checked (line 4)
CREATE DOMAIN public.host AS text;

CREATE TABLE public.things (
    id bigint PRIMARY KEY,
    price text DEFAULT '$1,234.50',  -- DSQL101: was money
    flags text DEFAULT '1010',  -- DSQL101: was bit(4)
    bits text,  -- DSQL101: was bit varying(300)
    host public.host,
    mac text,  -- DSQL101: was macaddr
    path text,  -- DSQL101: was public.ltree
    attributes text DEFAULT '',  -- DSQL101: was public.hstore
    place text DEFAULT '0101000020E6100000000000000000F03F0000000000000040',  -- DSQL101: was public.geometry(Point,4326)
    area text,  -- DSQL101: was public.geography
    amount text,  -- DSQL111: was numeric
    code text UNIQUE  -- DSQL207: was bytea
);

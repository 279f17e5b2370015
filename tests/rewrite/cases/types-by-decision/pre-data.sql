-- DSQL101: DSQL has no type inet: text, with a CHECK of its form (line 4)
CREATE DOMAIN public.host AS text
    CONSTRAINT host_form CHECK (VALUE ~ '^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)(/\d{1,3})?$');

CREATE TABLE public.things (
    id bigint PRIMARY KEY,
    price bigint DEFAULT '123450',  -- DSQL101: was money
    flags text DEFAULT '1010',  -- DSQL101: was bit(4)
    bits text,  -- DSQL101: was bit varying(300)
    host public.host,
    mac text,  -- DSQL101: was macaddr
    path text,  -- DSQL101: was public.ltree
    attributes json DEFAULT '{}',  -- DSQL101: was public.hstore
    place jsonb DEFAULT '{"type": "Point", "coordinates": [1, 2], "srid": 4326}',  -- DSQL101: was public.geometry(Point,4326)
    area jsonb,  -- DSQL101: was public.geography
    amount numeric(18,6),  -- DSQL111: was numeric
    code text UNIQUE,  -- DSQL207: was bytea
    CONSTRAINT things_flags_check CHECK (flags ~ '^[01]*$' AND char_length(flags) = 4),  -- DSQL101: what the type of flags said
    CONSTRAINT things_bits_check CHECK (bits ~ '^[01]*$' AND char_length(bits) <= 300),  -- DSQL101: what the type of bits said
    CONSTRAINT things_mac_check CHECK (mac ~ '^([0-9a-f]{2}:){5}[0-9a-f]{2}$'),  -- DSQL101: what the type of mac said
    CONSTRAINT things_path_check CHECK (path = '' OR path ~ '^[^\x01-,./:-@[-^`{-\x7f]+(\.[^\x01-,./:-@[-^`{-\x7f]+)*$')  -- DSQL101: what the type of path said
);

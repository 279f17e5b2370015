CREATE TABLE public.odds (
    address text NOT NULL,  -- DSQL101: was inet
    seen_from text,  -- DSQL101: was cidr
    mac text,  -- DSQL101: was macaddr
    doc text,  -- DSQL101: was xml
    price numeric(19,2) DEFAULT '1000.00',  -- DSQL101: was money
    bits text DEFAULT '101',  -- DSQL101: was bit varying(8)
    place text,  -- DSQL101: was point
    during_lower timestamp with time zone,  -- DSQL101: was tstzrange
    during_upper timestamp with time zone,
    during_bounds text,
    words text,  -- DSQL101: was tsvector
    picture bytea,
    PRIMARY KEY (address),
    CONSTRAINT odds_address_check CHECK (address ~ '^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)(/\d{1,3})?$'),  -- DSQL101: what the type of address said
    CONSTRAINT odds_seen_from_check CHECK (seen_from ~ '^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)/\d{1,3}$'),  -- DSQL101: what the type of seen_from said
    CONSTRAINT odds_mac_check CHECK (mac ~ '^([0-9a-f]{2}:){5}[0-9a-f]{2}$'),  -- DSQL101: what the type of mac said
    CONSTRAINT odds_bits_check CHECK (bits ~ '^[01]*$' AND char_length(bits) <= 8),  -- DSQL101: what the type of bits said
    CONSTRAINT odds_during_check CHECK (CASE coalesce(during_bounds, 'empty') WHEN 'empty' THEN during_lower IS NULL AND during_upper IS NULL ELSE during_bounds IN ('[)', '[]', '(]', '()') AND during_lower <= during_upper END)  -- DSQL101: what the type of during said
);

CREATE TABLE public.files (
    digest text PRIMARY KEY,  -- DSQL207: was bytea
    label text  -- DSQL704: was varchar(70000)
);

CREATE TABLE public.odds (
    address text NOT NULL,  -- DSQL101: was inet
    seen_from text,  -- DSQL101: was cidr
    mac text,  -- DSQL101: was macaddr
    doc text,  -- DSQL101: was xml
    price numeric(19,2) DEFAULT '1000.00',  -- DSQL101: was money
    bits text DEFAULT '101',  -- DSQL101: was bit varying(8)
    place text,  -- DSQL101: was point
    during text,  -- DSQL101: was tstzrange
    words text,  -- DSQL101: was tsvector
    picture bytea,
    PRIMARY KEY (address)
);

CREATE TABLE public.files (
    digest text PRIMARY KEY,  -- DSQL207: was bytea
    label text  -- DSQL704: was varchar(70000)
);

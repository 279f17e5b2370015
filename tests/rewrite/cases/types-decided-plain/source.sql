CREATE EXTENSION hstore;
CREATE EXTENSION ltree;
CREATE EXTENSION postgis;
CREATE DOMAIN public.host AS inet;

CREATE TABLE public.things (
    id bigint PRIMARY KEY,
    price money DEFAULT '$1,234.50',
    flags bit(4) DEFAULT B'1010',
    bits bit varying(300),
    host public.host,
    mac macaddr,
    path public.ltree,
    attributes public.hstore DEFAULT ''::public.hstore,
    place public.geometry(Point,4326) DEFAULT 'POINT(1 2)'::public.geometry,
    area public.geography,
    amount numeric,
    code bytea UNIQUE
);

COPY public.things (id, price, flags, bits, host, mac, path, attributes, place, area, amount, code) FROM stdin;
1	-$1,234.56	0101	10101	10.0.0.1	08:00:2b:01:02:03	Top.Science	"a"=>"1", "b"=>NULL	0101000020E6100000000000000000F03F0000000000000040	\N	1.2345678901	\\xdeadbeef
\.
INSERT INTO public.things (id, price, host, attributes, place, area, amount) VALUES
    (2, 12.5, '10.0.0.2/32', 'a=>1', 'SRID=4326;POINT(3 4)', 'LINESTRING(0 0, 1 1)', 1e3);

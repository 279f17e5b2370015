CREATE TABLE public.odds (
    address inet NOT NULL,
    seen_from cidr,
    mac macaddr,
    doc xml,
    price money DEFAULT '$1,000.00',
    bits bit varying(8) DEFAULT B'101',
    place point,
    during tstzrange,
    words tsvector,
    picture bytea,
    PRIMARY KEY (address)
);

CREATE TABLE public.files (
    digest bytea PRIMARY KEY,
    label varchar(70000)
);

COPY public.odds (address, seen_from, mac, doc, price, bits, place, during, words, picture) FROM stdin;
10.0.0.1	10.0.0.0/8	08:00:2b:01:02:03	<a/>	$1,234.50	101	(1,2)	["2026-01-01 00:00:00+00","2026-01-02 00:00:00+00")	'cat':1	\\x00ff
\.

COPY public.files (digest, label) FROM stdin;
\\xdeadbeef	four
\.

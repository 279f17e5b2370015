-- DSQL101, DSQL207: place, area, code converted (line 21)
COPY public.things (id, price, flags, bits, host, mac, path, attributes, place, area, amount, code) FROM stdin;
1	-$1,234.56	0101	10101	10.0.0.1	08:00:2b:01:02:03	Top.Science	"a"=>"1", "b"=>NULL	0101000020E6100000000000000000F03F0000000000000040	\N	1.2345678901	deadbeef
\.

-- DSQL101, DSQL207: place, area, code converted (line 24)
INSERT INTO public.things (id, price, host, attributes, place, area, amount) VALUES
    (2, '$12.50', '10.0.0.2', '"a"=>"1"', '0101000020E610000000000000000008400000000000001040', '0102000020E61000000200000000000000000000000000000000000000000000000000F03F000000000000F03F', '1000');

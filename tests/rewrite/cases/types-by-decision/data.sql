-- DSQL101, DSQL207: price, attributes, place, area, code converted (line 21)
COPY public.things (id, price, flags, bits, host, mac, path, attributes, place, area, amount, code) FROM stdin;
1	-123456	0101	10101	10.0.0.1	08:00:2b:01:02:03	Top.Science	{"a": "1", "b": null}	{"type": "Point", "coordinates": [1, 2], "srid": 4326}	\N	1.2345678901	deadbeef
\.

-- DSQL101, DSQL207: price, attributes, place, area, code converted (line 24)
INSERT INTO public.things (id, price, host, attributes, place, area, amount) VALUES
    (2, 1250, '10.0.0.2', '{"a": "1"}', '{"type": "Point", "coordinates": [3, 4], "srid": 4326}', '{"type": "LineString", "coordinates": [[0, 0], [1, 1]], "srid": 4326}', 1e3);

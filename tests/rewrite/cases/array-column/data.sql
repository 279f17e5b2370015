-- DSQL102: tags, grid, days converted (line 9)
COPY articles (id, tags, grid, days) FROM stdin;
1	["a", "b c", null]	[[1, 2], [3, 4]]	[]
2	["say \\"hi\\""]	\N	[7]
\.

-- DSQL102: tags, grid, days converted (line 14)
INSERT INTO articles (id, tags) VALUES (3, '["x", "y"]'), (4, '["z"]');

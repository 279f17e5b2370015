-- Größen und Maße
CREATE TABLE "Straßen" (
    "größe" serial PRIMARY KEY, -- führt zu Überläufen
    名前 text DEFAULT 'ünbekannt',
    тип inet
);

COPY "Straßen" ("größe", 名前, тип) FROM stdin;
1	東京	10.0.0.1
\.

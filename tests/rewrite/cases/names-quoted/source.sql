CREATE SCHEMA "My Schema";

CREATE TABLE "My Schema"."Order" (
    "Id" serial,
    "select" text,
    "from" character varying(5) DEFAULT 'a"b',
    "say ""hi""" integer REFERENCES "My Schema"."Order",
    "user" text[],
    CONSTRAINT "PK Order" PRIMARY KEY ("Id")
);

CREATE INDEX "By Select" ON "My Schema"."Order" ("select" DESC);
CREATE UNIQUE INDEX ON "My Schema"."Order" ("from");

COPY "My Schema"."Order" ("Id", "select", "from", "say ""hi""", "user") FROM stdin;
1	x	y	1	{z}
\.

COMMENT ON COLUMN "My Schema"."Order"."say ""hi""" IS 'hello';

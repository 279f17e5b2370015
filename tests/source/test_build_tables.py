"""CREATE TABLE and ALTER TABLE as facts: the text under every span, however the author laid it out."""

import pytest

from dsql_migrate.source.build import read
from dsql_migrate.source.facts import AlterTable, Column, CreateTable, Span, TypeName


def table(text: str) -> CreateTable:
    fact = read(text.encode())
    assert isinstance(fact, CreateTable), fact
    return fact


def column(definition: str, *, around: str = "CREATE TABLE größe (é int, {}, z int)") -> tuple[Column, bytes]:
    text = around.format(definition)
    return table(text).columns[1], text.encode()


def under(span: Span | None, text: bytes | str) -> str | None:
    return None if span is None else span.of(text.encode() if isinstance(text, str) else text)


@pytest.mark.parametrize(
    ("written", "schema", "name", "modifiers", "dimensions"),
    [
        ("int", "pg_catalog", "int4", (), 0),
        ("INTEGER", "pg_catalog", "int4", (), 0),
        ("int4", None, "int4", (), 0),
        ("double precision", "pg_catalog", "float8", (), 0),
        ("double /* é */ precision", "pg_catalog", "float8", (), 0),
        ("timestamp(3) with time zone", "pg_catalog", "timestamptz", ("3",), 0),
        ("timestamp without time zone[]", "pg_catalog", "timestamp", (), 1),
        ("time (6) with -- zone\n time zone", "pg_catalog", "timetz", ("6",), 0),
        ("character varying(10)[]", "pg_catalog", "varchar", ("10",), 1),
        ("national character varying (10)", "pg_catalog", "varchar", ("10",), 0),
        ("nchar varying", "pg_catalog", "varchar", (), 0),
        ("char", "pg_catalog", "bpchar", ("1",), 0),
        ('"char"', None, "char", (), 0),
        ("bit varying(5)", "pg_catalog", "varbit", ("5",), 0),
        ("numeric(10,2) ARRAY[3]", "pg_catalog", "numeric", ("10", "2"), 1),
        ("numeric(10, -2)[2][3]", "pg_catalog", "numeric", ("10", "-2"), 2),
        ("interval year to month", "pg_catalog", "interval", ("6",), 0),
        ("interval day to second(3)", "pg_catalog", "interval", ("7176", "3"), 0),
        ("serial", None, "serial", (), 0),
        ("SERIAL4", None, "serial", (), 0),
        ("serial8", None, "bigserial", (), 0),
        ("SmallSerial", None, "smallserial", (), 0),
        ('"serial"', None, "serial", (), 0),  # PostgreSQL takes the quoted word for the same
        ("pg_catalog.int8", "pg_catalog", "int8", (), 0),
        ("public.citext", "public", "citext", (), 0),
        ('"Größe"."Maß (cm)"(3)', "Größe", "Maß (cm)", ("3",), 0),
        ("geometry(Point,4326)", None, "geometry", ("point", "4326"), 0),
        ("db.public.citext", "public", "citext", (), 0),
    ],
)
def test_types(written: str, schema: str | None, name: str, modifiers: tuple[str, ...], dimensions: int) -> None:
    found, text = column(f"c {written} NOT NULL")
    assert under(found.type.span, text) == written
    assert found.type == TypeName(schema, name, modifiers, dimensions, False, found.type.span)
    assert under(found.not_null_span, text) == "NOT NULL"
    assert under(found.span, text) == f"c {written} NOT NULL"


@pytest.mark.parametrize(
    ("definition", "field", "expected"),
    [
        ("c text DEFAULT 'ä, (' NOT NULL", "default_span", "DEFAULT 'ä, ('"),
        ("c text NOT NULL DEFAULT 'x'", "default_span", "DEFAULT 'x'"),
        ("c int CONSTRAINT d DEFAULT 5 UNIQUE", "default_span", "CONSTRAINT d DEFAULT 5"),
        ('c int CONSTRAINT "default" DEFAULT -- (\n +1', "default_span", 'CONSTRAINT "default" DEFAULT -- (\n +1'),
        ("c int CONSTRAINT n NOT NULL NO INHERIT CHECK (c > 0)", "not_null_span", "CONSTRAINT n NOT NULL NO INHERIT"),
        ("c int not /* null */ null", "not_null_span", "not /* null */ null"),
        ("c int GENERATED ALWAYS AS (é * 2) STORED NOT NULL", "generated_span", "GENERATED ALWAYS AS (é * 2) STORED"),
        ("c int GENERATED ALWAYS AS (é * 2) VIRTUAL", "generated_span", "GENERATED ALWAYS AS (é * 2) VIRTUAL"),
        ("c int GENERATED ALWAYS AS (é * 2)", "generated_span", "GENERATED ALWAYS AS (é * 2)"),
        ('c text COLLATE pg_catalog."C" NOT NULL', "collation_span", 'COLLATE pg_catalog."C"'),
        ('c text NOT NULL COLLATE "de_DE"', "collation_span", 'COLLATE "de_DE"'),
        ("c text STORAGE EXTERNAL COMPRESSION lz4 DEFAULT ''", "storage_span", "STORAGE EXTERNAL"),
        ("c text STORAGE EXTERNAL COMPRESSION lz4 DEFAULT ''", "compression_span", "COMPRESSION lz4"),
        ("c text STORAGE DEFAULT DEFAULT ''", "storage_span", "STORAGE DEFAULT"),
        ('"STORAGE" int', "name_span", '"STORAGE"'),
    ],
)
def test_clauses_of_a_column(definition: str, field: str, expected: str) -> None:
    found, text = column(definition)
    assert under(getattr(found, field), text) == expected


@pytest.mark.parametrize(
    ("written", "constant", "columns"),
    [
        ("'a' || 'b'", None, ()),
        ("'x'::character varying", "x", ()),
        ("CASE WHEN true THEN 1 END", None, ()),
        ("(1 IS NOT NULL)", None, ()),
        ("interval '1' day", "1", ()),
        ("now() AT TIME ZONE 'utc'", None, ()),
        ("current_timestamp(3)", None, ()),
        ("-1.5", "-1.5", ()),
    ],
)
def test_the_expression_of_a_default(written: str, constant: str | None, columns: tuple[str, ...]) -> None:
    inside = f"({written})" if "AT TIME" in written else written  # b_expr takes no AT TIME ZONE without parentheses
    found, text = column(f"c text DEFAULT {inside} UNIQUE")
    assert found.default is not None
    assert under(found.default.span, text) == found.default.text == inside
    assert found.default.columns == columns
    if constant != "-1.5":
        assert found.default.constant == constant
    assert [under(c.span, text) for c in found.constraints] == ["UNIQUE"]


@pytest.mark.parametrize(
    ("definition", "whole", "attributes"),
    [
        ("c int CONSTRAINT p PRIMARY KEY NOT NULL", "CONSTRAINT p PRIMARY KEY", None),
        ("c int UNIQUE DEFERRABLE INITIALLY DEFERRED NOT NULL", "UNIQUE DEFERRABLE INITIALLY DEFERRED",
         "DEFERRABLE INITIALLY DEFERRED"),
        ("c int UNIQUE NOT DEFERRABLE", "UNIQUE NOT DEFERRABLE", "NOT DEFERRABLE"),
        ("c int CHECK (c <> ')') NOT ENFORCED", "CHECK (c <> ')') NOT ENFORCED", "NOT ENFORCED"),
        ("c int REFERENCES s.p (id) MATCH FULL ON DELETE SET NULL (c) ON UPDATE CASCADE DEFERRABLE",
         "REFERENCES s.p (id) MATCH FULL ON DELETE SET NULL (c) ON UPDATE CASCADE DEFERRABLE", "DEFERRABLE"),
        ("c int UNIQUE NULLS NOT DISTINCT WITH (fillfactor=70) USING INDEX TABLESPACE x DEFAULT 3",
         "UNIQUE NULLS NOT DISTINCT WITH (fillfactor=70) USING INDEX TABLESPACE x", None),
    ],
)  # fmt: skip
def test_constraints_behind_a_column(definition: str, whole: str, attributes: str | None) -> None:
    found, text = column(definition)
    (constraint,) = found.constraints
    assert under(constraint.span, text) == whole
    assert under(constraint.attributes_span, text) == attributes
    assert constraint.columns == ("c",)
    assert constraint.inline


def test_comma_first_with_comments_that_hold_commas_and_brackets() -> None:
    text = """CREATE TABLE größe ( -- the size, (of things
        id int4range NOT NULL -- first, and
      , "Maß" tstzrange /* ) , */
      , CONSTRAINT p PRIMARY KEY (id, "Maß" WITHOUT OVERLAPS) -- last)
      , CONSTRAINT f FOREIGN KEY (id, PERIOD "Maß") REFERENCES o (id, PERIOD m)
      , CONSTRAINT n NOT NULL "Maß" NO INHERIT
      , CHECK (id <> '(' /* , */ AND "Maß" IS NOT NULL) NO INHERIT NOT ENFORCED
      , EXCLUDE USING gist (id WITH =, lower("Maß") WITH &&) WITH (fillfactor=70) WHERE (id IS NOT NULL)
      , LIKE s.o INCLUDING ALL EXCLUDING COMMENTS
    ) PARTITION BY RANGE (lower(id), "Maß" COLLATE "C" range_ops) USING heap WITH (fillfactor=70) TABLESPACE t"""
    fact = table(text)
    assert [under(s, text) for s in fact.elements] == [
        "id int4range NOT NULL",
        '"Maß" tstzrange',
        'CONSTRAINT p PRIMARY KEY (id, "Maß" WITHOUT OVERLAPS)',
        'CONSTRAINT f FOREIGN KEY (id, PERIOD "Maß") REFERENCES o (id, PERIOD m)',
        'CONSTRAINT n NOT NULL "Maß" NO INHERIT',
        "CHECK (id <> '(' /* , */ AND \"Maß\" IS NOT NULL) NO INHERIT NOT ENFORCED",
        'EXCLUDE USING gist (id WITH =, lower("Maß") WITH &&) WITH (fillfactor=70) WHERE (id IS NOT NULL)',
        "LIKE s.o INCLUDING ALL EXCLUDING COMMENTS",
    ]
    assert [c.kind for c in fact.constraints] == ["primary", "foreign", "not null", "check", "exclude"]
    assert fact.constraints[0].without_overlaps
    assert fact.constraints[3].not_enforced
    assert under(fact.constraints[3].attributes_span, text) == "NOT ENFORCED"
    assert under(fact.constraints[4].options_span, text) == "WITH (fillfactor=70)"
    assert fact.constraints[4].operators == (("id", "="), ("(expression)", "&&"))
    assert fact.likes[0].options == ("including all", "excluding comments")
    assert under(fact.partition_by_span, text) == 'PARTITION BY RANGE (lower(id), "Maß" COLLATE "C" range_ops)'
    assert fact.partition_by == ("range", "(expression)", "Maß")
    assert under(fact.access_method_span, text) == "USING heap"
    assert under(fact.options_span, text) == "WITH (fillfactor=70)"
    assert under(fact.tablespace_span, text) == "TABLESPACE t"


@pytest.mark.parametrize(
    ("text", "bound", "options", "partition_by"),
    [
        ("CREATE TABLE c PARTITION OF p FOR VALUES WITH (MODULUS 4, REMAINDER 0) WITH (fillfactor=3)",
         "FOR VALUES WITH (MODULUS 4, REMAINDER 0)", "WITH (fillfactor=3)", None),
        ("CREATE TABLE c PARTITION OF p (a DEFAULT 3) FOR VALUES FROM (MINVALUE) TO ('x)') PARTITION BY LIST (b)",
         "FOR VALUES FROM (MINVALUE) TO ('x)')", None, "PARTITION BY LIST (b)"),
        ("CREATE TABLE c PARTITION OF p FOR VALUES IN ('a', NULL) TABLESPACE x", "FOR VALUES IN ('a', NULL)", None,
         None),
        ("CREATE TABLE c PARTITION OF p DEFAULT PARTITION BY HASH (a)", "DEFAULT", None, "PARTITION BY HASH (a)"),
    ],
)  # fmt: skip
def test_partitions(text: str, bound: str, options: str | None, partition_by: str | None) -> None:
    fact = table(text)
    assert (fact.partition_bound, under(fact.options_span, text)) == (bound, options)
    assert under(fact.partition_by_span, text) == partition_by
    assert str(fact.partition_of) == "p"
    assert fact.inherits == ()


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        ("CREATE GLOBAL TEMPORARY TABLE t (a int) ON COMMIT DELETE ROWS", "persistence_span", "GLOBAL TEMPORARY"),
        ("CREATE UNLOGGED TABLE t (a int)", "persistence_span", "UNLOGGED"),
        ("CREATE TEMP TABLE t () ON COMMIT DROP", "on_commit_span", "ON COMMIT DROP"),
        ("CREATE TEMP TABLE t () ON COMMIT PRESERVE ROWS", "on_commit_span", "ON COMMIT PRESERVE ROWS"),
        ("CREATE TABLE IF NOT EXISTS t (a int) WITHOUT OIDS", "options_span", "WITHOUT OIDS"),
        ("CREATE TABLE IF NOT EXISTS t (a int)", "if_not_exists_span", "IF NOT EXISTS"),
        ("CREATE TABLE t (a int) INHERITS (b, c.d)", "inherits_span", "INHERITS (b, c.d)"),
        ("CREATE TABLE t OF s.typ (a WITH OPTIONS DEFAULT 3, b NOT NULL)", "body_span",
         "(a WITH OPTIONS DEFAULT 3, b NOT NULL)"),
    ],
)  # fmt: skip
def test_clauses_of_a_table(text: str, field: str, expected: str) -> None:
    assert under(getattr(table(text), field), text) == expected


def test_identity_and_its_options() -> None:
    found, text = column("c int GENERATED BY DEFAULT AS IDENTITY (START WITH 3 CACHE 5 NO MAXVALUE) NOT NULL")
    assert found.identity is not None
    assert under(found.identity.span, text) == "GENERATED BY DEFAULT AS IDENTITY (START WITH 3 CACHE 5 NO MAXVALUE)"
    assert not found.identity.always
    said = {name: under(span, text) for name, span in found.identity.options.spans}
    assert said == {"start": "START WITH 3", "cache": "CACHE 5", "maxvalue": "NO MAXVALUE"}


def alter(text: str) -> AlterTable:
    fact = read(text.encode())
    assert isinstance(fact, AlterTable), fact
    return fact


def test_every_action_has_its_span() -> None:
    text = """ALTER TABLE ONLY s."É" ADD COLUMN IF NOT EXISTS "é" int DEFAULT 3 CHECK ("é" > 0)
      , ADD CONSTRAINT c FOREIGN KEY (a, b) REFERENCES s.p ON DELETE CASCADE NOT VALID
      , ALTER COLUMN x SET DEFAULT nextval('a'), ALTER y TYPE numeric(3,2)[] USING (y::numeric)
      , ALTER z SET EXPRESSION AS (x + 1), OWNER TO "Joe" """
    fact = alter(text)
    assert (str(fact.name), fact.only, fact.kind) == ("s.É", True, "table")
    added, foreign, default, retyped, expression, owner = fact.actions
    assert added.column is not None
    assert under(added.column.span, text) == '"é" int DEFAULT 3 CHECK ("é" > 0)'
    assert foreign.constraint is not None
    assert under(foreign.constraint.attributes_span, text) == "NOT VALID"
    assert default.default is not None
    assert (default.kind, default.default.text, default.default.sequences) == ("set default", "nextval('a')", ("a",))
    assert retyped.type is not None
    assert retyped.using is not None
    assert (under(retyped.type.span, text), retyped.using.text) == ("numeric(3,2)[]", "(y::numeric)")
    assert expression.default is not None
    assert (expression.kind, expression.default.text) == ("set expression", "(x + 1)")
    assert (owner.kind, owner.value) == ("owner", "Joe")


@pytest.mark.parametrize(
    ("text", "kind", "name", "value"),
    [
        ("ALTER TABLE t ALTER a DROP DEFAULT", "drop default", "a", None),
        ("ALTER TABLE t ALTER a SET STORAGE plain", "set storage", "a", "plain"),
        ("ALTER TABLE t ALTER a SET (n_distinct = 3)", "set column options", "a", "(n_distinct = 3)"),
        ("ALTER TABLE t SET (fillfactor=70)", "set options", None, "(fillfactor=70)"),
        ('ALTER TABLE t REPLICA IDENTITY USING INDEX "I"', "replica identity", None, "I"),
        ("ALTER TABLE t REPLICA IDENTITY FULL", "replica identity", None, "full"),
        ("ALTER TABLE t OWNER TO CURRENT_USER", "owner", None, "current_user"),
        ("ALTER TABLE t DISABLE TRIGGER ALL", "disable trigger", "all", None),
        ("ALTER TABLE t ALTER CONSTRAINT c DEFERRABLE", "alter constraint", "c", None),
        ("ALTER FOREIGN TABLE t ALTER a OPTIONS (SET x '3')", "column options", "a", "(SET x '3')"),
        ("ALTER TABLE ASYNC t VALIDATE CONSTRAINT c", "validate constraint", "c", None),
    ],
)
def test_actions(text: str, kind: str, name: str | None, value: str | None) -> None:
    (action,) = alter(text).actions
    assert (action.kind, action.name, action.value) == (kind, name, value)
    assert alter(text).asynchronous is ("ASYNC" in text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ALTER TYPE t ADD ATTRIBUTE a int CASCADE", "a int"),
        ("ALTER TYPE t ADD ATTRIBUTE attribute int RESTRICT", "attribute int"),
        ("ALTER TABLE t ADD COLUMN cascade int", "cascade int"),
        ('ALTER TABLE t ADD "column" int', '"column" int'),
        ("ALTER TABLE t ADD attribute int", "attribute int"),
    ],
)
def test_the_column_of_an_action(text: str, expected: str) -> None:
    (action,) = alter(text).actions
    assert action.column is not None
    assert under(action.column.span, text) == expected


def test_set_identity_says_what_changes() -> None:
    text = "ALTER TABLE t ALTER a SET GENERATED ALWAYS SET START WITH 3 RESTART WITH 5"
    (action,) = alter(text).actions
    assert action.identity is not None
    assert action.identity.always
    assert (action.identity.options.start, action.identity.options.restart) == (3, 5)
    assert under(action.identity.options.span_of("start"), text) == "START WITH 3"

"""Everything that is neither table nor index, as facts."""

import pytest

from dsql_migrate.source import facts as f
from dsql_migrate.source.build import read
from dsql_migrate.source.nested import elements
from dsql_migrate.source.open import source_of
from dsql_migrate.source.script import pieces


def under(span: f.Span | None, text: str) -> str | None:
    return None if span is None else span.of(text.encode())


@pytest.mark.parametrize(
    ("text", "columns", "values", "rows"),
    [
        ("INSERT INTO s.é AS x (a, \"B\") VALUES (1, ')'), (2, (3)) ON CONFLICT DO NOTHING", '(a, "B")',
         "(1, ')'), (2, (3))", 2),
        ("INSERT INTO t VALUES (1), -- , (2)\n (3) RETURNING *", None, "(1), -- , (2)\n (3)", 2),
        ('INSERT INTO "values" ("values") VALUES (1)', '("values")', "(1)", 1),
        ("WITH q AS (VALUES (1)) INSERT INTO t (a) VALUES (2)", "(a)", "(2)", 1),
        ("INSERT INTO t (a) (VALUES (1), (2))", "(a)", "(1), (2)", 2),
        ("INSERT INTO t (a) OVERRIDING SYSTEM VALUE VALUES ((SELECT a FROM u))", "(a)", "((SELECT a FROM u))", 1),
        ("INSERT INTO t (a) SELECT 1", "(a)", None, None),
        ("INSERT INTO t DEFAULT VALUES", None, None, None),
    ],
)  # fmt: skip
def test_insert(text: str, columns: str | None, values: str | None, rows: int | None) -> None:
    fact = read(text.encode())
    assert isinstance(fact, f.Insert)
    assert (under(fact.columns_span, text), under(fact.values_span, text), fact.rows) == (columns, values, rows)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("COPY s.t (a, \"B\") FROM stdin", ("text", "\t", "\\N", '"', '"', False)),
        ("COPY t FROM stdin WITH (FORMAT csv, HEADER, DELIMITER ';', NULL 'x', QUOTE '''')",
         ("csv", ";", "x", "'", "'", True)),
        ("COPY t FROM stdin CSV", ("csv", ",", "", '"', '"', False)),
        ("COPY t FROM stdin WITH DELIMITER AS E'\\t' NULL AS ''", ("text", "\t", "", '"', '"', False)),
        ("COPY t FROM stdin (HEADER false)", ("text", "\t", "\\N", '"', '"', False)),
        ("COPY t FROM stdin (FORMAT csv, HEADER match, ESCAPE '\\')", ("csv", ",", "", '"', "\\", True)),
    ],
)
def test_copy_has_the_defaults_of_postgresql(text: str, expected: tuple[object, ...]) -> None:
    fact = read(text.encode())
    assert isinstance(fact, f.Copy)
    assert (fact.format, fact.delimiter, fact.null, fact.quote, fact.escape, fact.header) == expected


@pytest.mark.parametrize(
    ("text", "body", "returns", "types"),
    [
        ("CREATE FUNCTION f(b t.c%TYPE) RETURNS SETOF t.c%TYPE LANGUAGE plpgsql AS $é$ BEGIN END $é$",
         "$é$ BEGIN END $é$", "SETOF t.c%TYPE", ["t.c%TYPE"]),
        ("CREATE FUNCTION f(a text DEFAULT 'as') RETURNS TABLE (x int) SET search_path = a AS 'SELECT 1' LANGUAGE sql",
         "'SELECT 1'", "TABLE (x int)", ["text", "int"]),
        ("CREATE FUNCTION f(a double precision) RETURNS int RETURN a + 1", "RETURN a + 1", "int", ["double precision"]),
        ("CREATE PROCEDURE p(\"as\" int) BEGIN ATOMIC SELECT 1; END", "BEGIN ATOMIC SELECT 1; END", None, ["int"]),
    ],
)  # fmt: skip
def test_functions(text: str, body: str, returns: str | None, types: list[str]) -> None:
    fact = read(text.encode())
    assert isinstance(fact, f.CreateFunction), fact
    assert under(fact.body_span, text) == body
    assert under(fact.returns.span if fact.returns else None, text) == returns
    assert [under(a.type.span, text) for a in fact.arguments] == types


def test_a_trigger_with_its_condition() -> None:
    text = """CREATE TRIGGER t BEFORE UPDATE OF é OR DELETE ON s.t
        FOR EACH ROW WHEN (new.é > (old.é)) EXECUTE FUNCTION s.f('x')"""
    fact = read(text.encode())
    assert isinstance(fact, f.CreateTrigger)
    assert (fact.timing, fact.events, fact.columns, fact.arguments) == ("before", ("delete", "update"), ("é",), ("x",))
    assert under(fact.when and fact.when.span, text) == "new.é > (old.é)"


def test_a_domain_with_everything() -> None:
    text = """CREATE DOMAIN d AS varchar(3)[] COLLATE "C" NOT NULL DEFAULT 'é'
        CHECK (value <> '(') CONSTRAINT c CHECK (true)"""
    fact = read(text.encode())
    assert isinstance(fact, f.CreateDomain)
    assert (under(fact.type.span, text), under(fact.collation_span, text)) == ("varchar(3)[]", 'COLLATE "C"')
    assert under(fact.default and fact.default.span, text) == "'é'"
    assert [under(c.span, text) for c in fact.constraints] == ["CHECK (value <> '(')", "CONSTRAINT c CHECK (true)"]


@pytest.mark.parametrize(
    ("text", "query", "outputs"),
    [
        ("CREATE VIEW v AS SELECT a AS é, b FROM t WITH LOCAL CHECK OPTION", "SELECT a AS é, b FROM t", ("é", "b")),
        ("CREATE VIEW v AS SELECT 1 AS x WITH CHECK OPTION", "SELECT 1 AS x", ("x",)),
        ("CREATE MATERIALIZED VIEW v AS SELECT 1 AS data WITH NO DATA", "SELECT 1 AS data", ("data",)),
        ("CREATE MATERIALIZED VIEW v AS SELECT count(*), a::text, coalesce(a, 1), *, 1 + 1 FROM t",
         "SELECT count(*), a::text, coalesce(a, 1), *, 1 + 1 FROM t", ("count", "a", "coalesce", None, None)),
        ("CREATE TABLE t AS VALUES (1, 2) WITH DATA", "VALUES (1, 2)", ("column1", "column2")),
        ("CREATE VIEW v AS SELECT CASE WHEN a THEN b END, CASE WHEN a THEN b ELSE c END, (SELECT x.q FROM x)",
         "SELECT CASE WHEN a THEN b END, CASE WHEN a THEN b ELSE c END, (SELECT x.q FROM x)", ("case", "c", "q")),
    ],
)  # fmt: skip
def test_queries_and_what_their_columns_are_called(text: str, query: str, outputs: tuple[str | None, ...]) -> None:
    fact = read(text.encode())
    assert isinstance(fact, f.CreateView | f.CreateTableAs)
    assert (under(fact.query.span, text), fact.outputs) == (query, outputs)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ALTER SCHEMA a RENAME TO b", ("schema", ("a",), None, "b")),
        ("ALTER ROLE a RENAME TO b", ("role", ("a",), None, "b")),
        ("ALTER TABLE s.t RENAME a TO b", ("column", ("s", "t"), "a", "b")),
        ("ALTER DOMAIN d RENAME CONSTRAINT a TO b", ("domain constraint", ("d",), "a", "b")),
        ("ALTER TRIGGER a ON s.t RENAME TO b", ("trigger", ("s", "t"), "a", "b")),
        ("ALTER FUNCTION s.f(int) RENAME TO g", ("function", ("s", "f"), None, "g")),
    ],
)
def test_rename(text: str, expected: tuple[object, ...]) -> None:
    fact = read(text.encode())
    assert isinstance(fact, f.Rename)
    assert (fact.kind, fact.name, fact.member, fact.new_name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("COMMENT ON CONSTRAINT c ON DOMAIN s.d IS 'x'", ("domain constraint", ("s", "d", "c"), None)),
        ("COMMENT ON FUNCTION s.f(int, text[]) IS 'x'", ("function", ("s", "f"), "f(integer, text[])")),
        ("COMMENT ON AGGREGATE a(*) IS 'x'", ("aggregate", ("a",), "a()")),
        ("COMMENT ON LARGE OBJECT 4294967295 IS 'x'", ("large object", ("4294967295",), None)),
        ("COMMENT ON COLUMN s.t.c IS 'x'", ("column", ("s", "t", "c"), None)),
    ],
)
def test_comment(text: str, expected: tuple[object, ...]) -> None:
    fact = read(text.encode())
    assert isinstance(fact, f.CommentOn)
    assert (fact.kind, fact.name, fact.signature) == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CREATE AGGREGATE s.a(int, text) (sfunc = f, stype = int)", "s.a(integer, text)"),
        ("CREATE AGGREGATE a(*) (sfunc = f, stype = int)", "a()"),
        ("CREATE AGGREGATE a (basetype = int, sfunc = f, stype = int)", "a(integer)"),
        ("CREATE CAST (a AS b) WITHOUT FUNCTION", "(a AS b)"),
    ],
)
def test_objects_that_have_only_a_name(text: str, name: str) -> None:
    fact = read(text.encode())
    assert isinstance(fact, f.CreateObject)
    assert fact.name == name


def test_create_schema_with_elements_falls_into_statements() -> None:
    text = b"""CREATE SCHEMA s CREATE TABLE t (a int) GRANT SELECT, CREATE ON SCHEMA s TO x WITH GRANT OPTION
        CREATE VIEW v AS TABLE t;"""
    with source_of(text) as source:
        parts = elements(next(iter(pieces(source))))
    assert b"".join(p.text for p in parts) == text
    assert [p.text[p.body :].split()[:2] for p in parts] == [
        [b"CREATE", b"SCHEMA"], [b"CREATE", b"TABLE"], [b"GRANT", b"SELECT,"], [b"CREATE", b"VIEW"],
    ]  # fmt: skip

"""The rules reach into bodies and held statements, and a finding stands on the very word in the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pglast.parser import ParseError, parse_plpgsql_json

from dsql_migrate.lint import Finding, lint_paths, lint_source, load_rules
from dsql_migrate.lint.rule import ready
from dsql_migrate.source import facts
from dsql_migrate.source.bodies import inner
from dsql_migrate.source.build import read
from dsql_migrate.source.open import open_source, source_of
from dsql_migrate.source.plpgsql import steps
from dsql_migrate.source.quoted import chunks, joined
from dsql_migrate.source.script import pieces
from dsql_migrate.target import load_target

TARGET = load_target()
RULES = ready(load_rules(), TARGET)


def lint(sql: str) -> list[Finding]:
    with source_of(sql.encode()) as source:
        return lint_source(source, TARGET, RULES)


def inside(sql: str) -> list[Finding]:
    return [finding for finding in lint(sql) if finding.within]


def marked(sql: str, *codes: str) -> list[str]:
    """The text under each finding, read back from the bytes of the file."""
    text = sql.encode()
    return [text[f.start : f.end].decode() for f in lint(sql) if f.code in codes]


def plpgsql(body: str, declared: str = "") -> str:
    return f"CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ DECLARE {declared} x int; BEGIN {body} END $$;"


def test_position_in_a_dollar_quoted_body() -> None:
    sql = "CREATE FUNCTION app.f() RETURNS void LANGUAGE plpgsql AS $b$\nBEGIN\n  LOCK TABLE t;\nEND\n$b$;\n"
    (finding,) = inside(sql)
    assert (finding.code, finding.line, finding.column, finding.end_column) == ("DSQL606", 3, 3, 7)
    assert (finding.object, finding.within) == ("app.f", "function app.f")
    assert finding.message.endswith("(in function app.f)")
    assert finding.frame == "  LOCK TABLE t;"


def test_position_behind_carriage_returns_and_other_letters() -> None:
    sql = "DO $ü$\r\nBEGIN\r\n  x := 'äöü€'; PERFORM pg_advisory_lock(1);\r\nEND\r\n$ü$;\r\n"
    (finding,) = inside(sql)
    assert (finding.line, finding.column) == (3, 24)
    assert sql.encode()[finding.start : finding.end] == b"pg_advisory_lock"


def test_position_behind_doubled_quotes_and_escapes() -> None:
    doubled = "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS 'BEGIN PERFORM ''a''''b'', pg_backend_pid(); END';"
    escaped = r"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS E'SELECT \'a\\n\x41\', \n pg_backend_pid()';"
    continued = "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT '\n  -- and\n 'pg_backend_pid()';"
    for sql in (doubled, escaped, continued):
        assert marked(sql, "DSQL520") == ["pg_backend_pid"], sql


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; SELECT pg_backend_pid() $$",
        "CREATE FUNCTION f() RETURNS int RETURN pg_backend_pid()",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT pg_backend_pid(); END",
        "CREATE FUNCTION f(a int, b numeric(3, 2) DEFAULT 1, c int = pg_backend_pid()) RETURNS int RETURN 1",
        "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN CALL q(1, (SELECT pg_backend_pid())); END $$",
        "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW WHEN (NEW.a = pg_backend_pid()) EXECUTE FUNCTION f()",
        "CREATE POLICY p ON t USING (a = pg_backend_pid())",
        "CREATE POLICY p ON t USING (true) WITH CHECK (a = pg_backend_pid())",
        "CREATE RULE r AS ON UPDATE TO t WHERE NEW.a = pg_backend_pid() DO NOTHING",
        "CREATE RULE r AS ON UPDATE TO t DO ALSO (SELECT 1; INSERT INTO u VALUES (pg_backend_pid()))",
        "CREATE RULE r AS ON UPDATE TO t DO INSTEAD SELECT pg_backend_pid()",
        "CREATE DOMAIN d AS int DEFAULT pg_backend_pid()",
        "CREATE DOMAIN d AS int CHECK (VALUE <> pg_backend_pid())",
        "ALTER DOMAIN d ADD CHECK (VALUE <> pg_backend_pid())",
        "CREATE TABLE t (a int PRIMARY KEY, b int GENERATED ALWAYS AS (a + pg_backend_pid()) STORED)",
        "CREATE TABLE t (a int PRIMARY KEY CHECK (a <> pg_backend_pid()))",
        "CREATE INDEX ASYNC i ON t ((a + pg_backend_pid()))",
        "CREATE INDEX ASYNC i ON t (a) WHERE a > pg_backend_pid()",
        "CREATE MATERIALIZED VIEW v AS SELECT pg_backend_pid()",
        "INSERT INTO t SELECT pg_backend_pid()",
        "INSERT INTO t (a) VALUES (1), (pg_backend_pid())",
        "INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET a = pg_backend_pid()",
        "UPDATE t SET a = pg_backend_pid() WHERE id = 1",
        "DELETE FROM t WHERE a = pg_backend_pid()",
        "WITH gone AS (DELETE FROM t WHERE a = pg_backend_pid() RETURNING 1) SELECT * FROM gone",
        "COPY (SELECT pg_backend_pid()) TO STDOUT",
        "EXPLAIN (ANALYZE, COSTS off) SELECT pg_backend_pid()",
        "EXPLAIN ANALYZE VERBOSE SELECT pg_backend_pid()",
        "PREPARE q (int) AS SELECT pg_backend_pid()",
        "DECLARE c CURSOR FOR SELECT pg_backend_pid()",
    ],
)
def test_every_place_of_an_expression_is_looked_at_once(sql: str) -> None:
    assert marked(sql, "DSQL520") == ["pg_backend_pid"]


@pytest.mark.parametrize(
    "body",
    [
        "x := pg_backend_pid();",
        "x = 1 + pg_backend_pid();",
        "NEW.a[1] := pg_backend_pid();",
        "IF pg_backend_pid() > 1 THEN NULL; ELSE NULL; END IF;",
        "IF x = 1 THEN NULL; ELSIF x = pg_backend_pid() THEN NULL; END IF;",
        "IF CASE WHEN true THEN false END THEN x := pg_backend_pid(); END IF;",
        "CASE x WHEN 1, pg_backend_pid() THEN NULL; ELSE NULL; END CASE;",
        "<<l>> WHILE x < pg_backend_pid() LOOP EXIT l; END LOOP l;",
        "LOOP EXIT WHEN x = pg_backend_pid(); CONTINUE; END LOOP;",
        "FOR i IN REVERSE 10..pg_backend_pid() BY 2 LOOP NULL; END LOOP;",
        "FOR r IN SELECT pg_backend_pid() LOOP NULL; END LOOP;",
        "FOR r IN EXECUTE 'SELECT pg_backend_pid()' USING x LOOP NULL; END LOOP;",
        "FOREACH x SLICE 1 IN ARRAY ARRAY[pg_backend_pid()] LOOP NULL; END LOOP;",
        "PERFORM pg_backend_pid();",
        "SELECT a, pg_backend_pid() INTO STRICT x, NEW.b FROM t;",
        "SELECT INTO x pg_backend_pid() FROM t;",
        "INSERT INTO t VALUES (pg_backend_pid()) RETURNING a INTO x;",
        "RETURN pg_backend_pid();",
        "RETURN NEXT pg_backend_pid();",
        "RETURN QUERY SELECT pg_backend_pid();",
        "RETURN QUERY EXECUTE 'SELECT $1, pg_backend_pid()' USING x;",
        "EXECUTE 'SELECT $1' INTO x USING pg_backend_pid();",
        "EXECUTE 'SELECT pg_backend_pid() FROM ' || quote_ident(x) || ' WHERE a = ' || quote_literal(x);",
        "EXECUTE format('SELECT pg_backend_pid() FROM %I.%1$I WHERE a = %L AND b LIKE ''%%x''', x, x, x);",
        "EXECUTE format($q$SELECT pg_backend_pid() AS %s$q$, x);",
        "RAISE NOTICE '% %', x, pg_backend_pid() USING HINT = 'x';",
        "RAISE 'x' USING HINT = 'a', DETAIL = pg_backend_pid();",
        "ASSERT x = pg_backend_pid(), 'no';",
        "BEGIN NULL; EXCEPTION WHEN unique_violation OR others THEN x := pg_backend_pid(); END;",
        "OPEN c FOR EXECUTE 'SELECT pg_backend_pid()';",
    ],
)
def test_everything_that_plpgsql_runs_is_looked_at(body: str) -> None:
    assert marked(plpgsql(body), "DSQL520") == ["pg_backend_pid"]
    assert not [f for f in lint(plpgsql(body)) if f.code == "DSQL920"]


def test_declarations_are_looked_at() -> None:
    declared = (
        "a CONSTANT int NOT NULL := pg_backend_pid(); b text COLLATE \"C\" DEFAULT 'x'; r t%ROWTYPE; o ALIAS FOR $1;"
    )
    assert marked(plpgsql("NULL;", declared), "DSQL520") == ["pg_backend_pid"]
    sql = plpgsql("NULL;", "c SCROLL CURSOR (a int) FOR SELECT pg_backend_pid(), a;")
    assert marked(sql, "DSQL520", "DSQL593") == ["CURSOR", "pg_backend_pid"]


@pytest.mark.parametrize(
    "body",
    [
        "SELECT count(*) INTO x FROM t;",
        "x := (SELECT max(a) FROM t WHERE a = x);",
        "RAISE EXCEPTION 'LOCK TABLE % is not TRUNCATE', x;",
        "IF TG_OP = 'UPDATE' AND NEW.a IS DISTINCT FROM OLD.a THEN NEW.updated_at := now(); END IF; RETURN NEW;",
        "GET DIAGNOSTICS x = ROW_COUNT; GET STACKED DIAGNOSTICS x = MESSAGE_TEXT;",
        "FOR r IN SELECT a FROM t LOOP UPDATE t SET b = r.a WHERE a = r.a; END LOOP;",
        "EXECUTE 'SELECT ' || x;",
        "EXECUTE x;",
        "EXECUTE format('ALTER TABLE %I %s', x, x);",
        "EXECUTE format('CREATE TABLE %I (a %s PRIMARY KEY)', x, x);",
        "RETURN (SELECT jsonb_agg(t) FROM t);",
    ],
)
def test_what_moves_well_is_no_finding(body: str) -> None:
    assert not [str(f) for f in inside(plpgsql(body)) if f.severity != "info"]


def test_what_the_language_does_by_itself() -> None:
    body = "BEGIN TRUNCATE t; EXCEPTION WHEN others THEN NULL; END; COMMIT; ROLLBACK AND CHAIN; OPEN c FOR SELECT 1;"
    found = [(f.code, f.severity) for f in inside(plpgsql(body))]
    assert found == [
        ("DSQL605", "error"),
        ("DSQL591", "warning"),
        ("DSQL592", "info"),
        ("DSQL592", "info"),
        ("DSQL593", "error"),
    ]


def test_a_block_in_a_text_in_a_block() -> None:
    sql = "DO $a$ BEGIN EXECUTE 'DO $b$ BEGIN LOCK TABLE \"it''s\"; PERFORM ''x''; LOCK u; END $b$'; END $a$;"
    assert marked(sql, "DSQL606") == ["LOCK", "LOCK"]
    assert [f.start for f in lint(sql) if f.code == "DSQL606"] == [sql.index("LOCK T"), sql.index("LOCK u")]


def test_a_body_that_cannot_be_read_says_so_at_its_place() -> None:
    (finding,) = [f for f in lint(plpgsql("IF x = 1 THEN NULL; END LOOP;")) if f.code == "DSQL920"]
    assert finding.severity == "warning"
    (finding,) = inside("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; SELEC 2 $$;")
    assert (finding.code, finding.column) == ("DSQL901", 62)


def test_other_languages_are_not_read() -> None:
    assert not inside("CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS $$ BEGIN LOCK TABLE t; END $$;")
    assert not inside("DO LANGUAGE plpython3u $$ import os $$;")


@pytest.mark.parametrize("block", ["DO LANGUAGE 'plpgsql' {}", "DO {} LANGUAGE PLPGSQL", 'DO {} LANGUAGE "plpgsql"'])
def test_a_block_may_name_its_language(block: str) -> None:
    assert marked(block.format("$$ BEGIN LOCK t; END $$"), "DSQL606", "DSQL920") == ["LOCK"]


def test_comments_in_a_body_take_findings_out(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text(
        "DO $$ BEGIN -- dsql: ignore[do-block] once\n"
        "  LOCK a; -- dsql: ignore[lock] known\n"
        "  LOCK b;\n"
        "  -- dsql: ignore[lock] known\n"
        "  LOCK c;\n"
        "END $$;\n"
        "INSERT INTO t VALUES ($$ -- dsql: ignore[lock] $$);\n"
    )
    assert [(f.code, f.line) for f in lint_paths([str(file)]).findings] == [("DSQL606", 3)]


def test_what_a_block_makes_is_known_afterwards() -> None:
    index = "CREATE INDEX ASYNC i ON t (j);"
    table = "DO $$ BEGIN CREATE TABLE t (id int PRIMARY KEY, j jsonb); EXCEPTION WHEN others THEN NULL; END $$;\n"
    assert marked(table + index, "DSQL207") == ["j"]
    assert not lint(index)


def test_a_block_is_one_statement_of_its_transaction() -> None:
    sql = "BEGIN;\nDO $$ BEGIN CREATE SCHEMA a; INSERT INTO t VALUES (1); CREATE SCHEMA b; END $$;\nCOMMIT;"
    assert not {"DSQL618", "DSQL619"} & {f.code for f in lint(sql)}


def test_a_fix_inside_a_body_edits_the_file() -> None:
    sql = "CREATE FUNCTION f() RETURNS uuid LANGUAGE sql AS $$ SELECT public.uuid_generate_v4() $$;"
    (finding,) = inside(sql)
    assert finding.fix is not None
    (edit,) = finding.fix.edits
    mended = sql[: edit.start] + edit.text + sql[edit.end :]
    assert mended == sql.replace("public.uuid_generate_v4", "gen_random_uuid")


def test_a_fix_never_takes_out_the_last_query_of_a_function() -> None:
    (finding,) = inside("CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT set_config('a.b', 'c', true) $$;")
    assert finding.fix is None


def test_literals_say_where_each_byte_stands() -> None:
    for text in (rb"'a''b'", rb"E'a\'b\x41\u00e9'", b"$q$a'b$q$", b"'a'\n'b'"):
        value, origin = joined(chunks(text, 0, len(text)))
        at = value.index(b"b")
        assert text[origin.place(at) : origin.place(at) + 1] == b"b"
        assert origin.verbatim(at, at + 1)


@pytest.mark.parametrize("text", ["", "BEGIN", "END", "DECLARE", "BEGIN (", "BEGIN IF", "BEGIN FOR", "BEGIN x :=", "#"])
def test_a_torn_body_is_no_crash(text: str) -> None:
    assert steps(text.encode())[-1].kind == "trouble"


def bodies(corpus: Path) -> Iterator[tuple[bytes, facts.Fact]]:
    names = ("crystal-kitchen-sink", "supabase-postgres", "danbooru", "pagila-schema")
    for path in sorted(path for name in names for path in (corpus / name).rglob("*.sql")):
        with open_source(str(path)) as source:
            for piece in pieces(source):
                if piece.kind == "sql":
                    yield piece.sql, read(piece.sql)


def test_every_body_of_real_schemas_is_read(corpus: Path) -> None:
    read_bodies = 0
    for text, fact in bodies(corpus):
        if isinstance(fact, facts.CreateFunction) and fact.language in ("sql", "plpgsql") and fact.body:
            found = list(inner(fact, text))
            assert not [one for one in found if isinstance(one.fact, (facts.UnreadBody, facts.Unreadable))], fact.name
            assert found or fact.language == "plpgsql", fact.name
            read_bodies += 1
    assert read_bodies > 100


def test_nothing_is_overlooked_that_postgresql_reads(corpus: Path) -> None:
    """Every query that PostgreSQL's own reader of PL/pgSQL finds is one of ours, where it can read the body at all."""
    compared = 0
    for text, fact in bodies(corpus):
        if not isinstance(fact, facts.CreateFunction) or fact.language != "plpgsql" or fact.body is None:
            continue
        try:
            theirs = queries(parse_plpgsql_json(text.decode()))
        except ParseError:
            continue
        body = fact.body.encode()
        ours = " ".join(body[s.start : s.end].decode() for s in steps(body) if s.kind != "trouble")
        ours = "".join(ours.split()).lower()
        for query in theirs:
            last = "".join(re.sub(r'^[\w."\[\]]+\s*:?=', "", query).split()).lower()
            for piece in last.removeprefix("select").split("from"):
                assert piece[-20:] in ours, (fact.name, query)
                compared += 1
    assert compared > 50


def queries(tree: str) -> list[str]:
    return [json.loads(f'"{found}"') for found in re.findall(r'"query":"((?:[^"\\]|\\.)*)"', tree)]


def test_placeholders_in_a_body_are_filled() -> None:
    sql = plpgsql("LOCK ${schema}.t; PERFORM pg_advisory_lock({{ key }}); x := f(${x}); TRUNCATE @t@;")
    assert marked(sql, "DSQL606", "DSQL520", "DSQL605", "DSQL920") == ["LOCK", "pg_advisory_lock", "TRUNCATE"]
    assert "@t@" in next(f.message for f in lint(sql) if f.code == "DSQL605")


def test_arguments_of_cursors_may_have_names() -> None:
    body = "OPEN d(k := pg_backend_pid()); FOR r IN d(pg_backend_pid()) LOOP NULL; END LOOP; CLOSE d;"
    sql = plpgsql(body, "d CURSOR (k int) FOR SELECT k;")
    assert marked(sql, "DSQL520", "DSQL920") == ["pg_backend_pid"]


@pytest.mark.parametrize(
    "body",
    [
        "#variable_conflict use_column\n<<o>> DECLARE a int; BEGIN <<l>> LOOP EXIT l WHEN a << 1 > 2; END LOOP; END o",
        "BEGIN IMPORT FOREIGN SCHEMA s FROM SERVER v INTO w; CREATE TABLE t (into_ int); END",
        "BEGIN IF a THEN NULL; ELSEIF b THEN NULL; ELSE IF c THEN NULL; END IF; END IF; RAISE; RETURN; END;",
        "BEGIN CASE (CASE WHEN a THEN 1 END) WHEN 1, 2 THEN NULL; ELSE NULL; END CASE; END",
        "DECLARE a int; BEGIN DECLARE b int; BEGIN b := 1; END; FOR a, b IN (SELECT 1, 2) LOOP NULL; END LOOP; END",
        "BEGIN WITH q AS (INSERT INTO t SELECT 1 RETURNING *) SELECT count(*) INTO a.b FROM q; END",
        "BEGIN RAISE SQLSTATE '22012'; RAISE division_by_zero USING MESSAGE = a || 'x', HINT := 'y'; END",
    ],
)
def test_bodies_that_postgresql_takes_are_read_to_their_end(body: str) -> None:
    sql = f"CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $x${body}$x$;"
    assert "DSQL920" not in {f.code for f in lint(sql)}

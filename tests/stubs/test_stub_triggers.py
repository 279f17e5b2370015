"""Triggers as Python: the same calls as PostgreSQL with its own triggers, the same outcomes, the same rows."""

import random
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest
from stub_cases import load

from dsql_migrate.engine.local import Database
from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.rewrite.application.writing import obligations_of
from dsql_migrate.rewrite.decisions import Decisions
from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.rewrite.planning import make_plan
from dsql_migrate.rewrite.run import read_input, rewrite
from dsql_migrate.stubs.obligations import Obligations
from dsql_migrate.target import load_target

SOURCE = """
CREATE TABLE audit (tab text, op text, was jsonb, now jsonb, who text);
CREATE TABLE post (
    id int PRIMARY KEY, title text NOT NULL, slug text, price numeric(8,2), state varchar(9) DEFAULT 'n' || 'ew',
    n smallint DEFAULT 0, tags jsonb, updated_at timestamptz, done boolean
);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
CREATE FUNCTION slugify() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.slug IS NULL OR NEW.title = 'again' THEN NEW.slug := lower(replace(NEW.title, ' ', '-')); END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION valid() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.price < 0 THEN
    RAISE EXCEPTION 'price % of "%" is negative', NEW.price, NEW.title USING ERRCODE = 'check_violation', HINT = 'pay';
  ELSIF NOT (NEW.price < 100) THEN
    RAISE EXCEPTION 'too dear: %', NEW.slug;
  ELSIF NEW.title = 'skip' THEN
    RETURN NULL;
  END IF;
  NEW.n := NEW.n + 1;
  RETURN NEW;
END $$;
CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO audit (tab, op, was, who) VALUES (TG_TABLE_NAME, TG_OP, to_jsonb(OLD), TG_ARGV[0]);
    RETURN OLD;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO audit (tab, op, was, now) VALUES (TG_TABLE_NAME, TG_OP, to_jsonb(OLD), to_jsonb(NEW));
    RETURN NEW;
  END IF;
  INSERT INTO audit (tab, op, now) VALUES (TG_TABLE_NAME, TG_OP, to_jsonb(NEW));
  RETURN NEW;
END $$;
CREATE FUNCTION stays() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE others bigint; BEGIN
  SELECT count(*) INTO others FROM post WHERE id <> OLD.id;
  IF others = 0 THEN RAISE EXCEPTION 'the last one'; END IF;
  IF OLD.state IN ('kept', 'held') THEN RETURN NULL; END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER a_touch BEFORE UPDATE ON post FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch();
CREATE TRIGGER b_slug BEFORE INSERT OR UPDATE OF title, slug ON post FOR EACH ROW EXECUTE FUNCTION slugify();
CREATE TRIGGER "C valid" BEFORE INSERT OR UPDATE ON post FOR EACH ROW WHEN (NEW.done IS NOT TRUE)
    EXECUTE FUNCTION valid();
CREATE TRIGGER d_log AFTER INSERT OR UPDATE OR DELETE ON post FOR EACH ROW EXECUTE FUNCTION log('me');
CREATE TRIGGER e_stays BEFORE DELETE ON post FOR EACH ROW EXECUTE FUNCTION stays();
"""
ROWS = "SELECT id, title, slug, price::text, state, n, tags, updated_at IS NULL, done FROM post ORDER BY id"
LOGGED = "SELECT tab, op, was - 'updated_at', now - 'updated_at', who FROM audit ORDER BY was::text, now::text"


def collected(tmp_path: Path, source: str) -> tuple[Plan, Obligations]:
    path = tmp_path / "blog.sql"
    path.write_text(source)
    target, decided = load_target(), Decisions()
    plan, stubs = make_plan(read_input(str(path), decided, target), target, decided)
    return plan, obligations_of(plan, stubs)


def drawn(dice: random.Random) -> tuple[str, int, dict[str, Any]]:
    row = {
        "title": dice.choice(["One", "Two words", "again", "skip", None]),
        "slug": dice.choice([None, "given"]),
        "price": dice.choice([None, 5, "7.005", -1, 100]),
        "done": dice.choice([None, False, True]),
        "state": dice.choice(["kept", "sold", "much too long"]),
        "n": dice.choice([1, 32767]),
        "tags": dice.choice([None, '{"a": [1]}']),
    }
    some = {name: row[name] for name in row if name == "title" or dice.random() < 0.4}
    kind = dice.choice(["insert", "insert", "update", "update", "delete"])
    if kind == "update":  # a constant that is too long is refused before it is known whether there is a row
        some = {name: value for name, value in some.items() if name != "title" or dice.random() < 0.5}
        some = {name: value for name, value in some.items() if value != "much too long"}
    return kind, dice.randint(1, 9), {} if kind == "delete" else some or {"done": True}


def by_sql(conn: psycopg.Connection, kind: str, id: int, row: dict[str, Any]) -> None:
    if kind == "insert":
        text = f"INSERT INTO post (id, {', '.join(row)}) VALUES (%s{', %s' * len(row)})"
        conn.execute(text.encode(), [id, *row.values()])
    elif kind == "update":
        pairs = ", ".join(f"{name} = %s" for name in row)
        conn.execute(f"UPDATE post SET {pairs} WHERE id = %s".encode(), [*row.values(), id])
    else:
        conn.execute("DELETE FROM post WHERE id = %s", [id])


def by_stub(package: ModuleType, conn: psycopg.Connection, kind: str, id: int, row: dict[str, Any]) -> None:
    if kind == "insert":
        package.runtime.run(conn, lambda conn: package.post.insert(conn, id=id, **row))
    else:
        package.runtime.run(conn, lambda conn: getattr(package.post, kind)(conn, id, **row))


def outcome(act: Any, *arguments: Any) -> tuple[str, ...]:
    try:
        act(*arguments)
    except psycopg.Error as error:
        return (str(error.sqlstate), error.diag.message_primary or "", error.diag.message_hint or "")
    return ("ok",)


@pytest.mark.server
def test_as_postgres(server: Server, dsql: Database, tmp_path: Path) -> None:
    real = server.create_database("stub_triggers")
    plan, obligations = collected(tmp_path, SOURCE)
    package = load(obligations, tmp_path, load_target())
    dice, seen = random.Random(11), dict[str, int]()
    with psycopg.connect(real, autocommit=True) as native, psycopg.connect(dsql.dsn, autocommit=True) as stubbed:
        native.execute(SOURCE.encode())
        for item in plan.pre:
            stubbed.execute(item.text)
        for number in range(250):
            write = drawn(dice)
            expected, got = outcome(by_sql, native, *write), outcome(by_stub, package, stubbed, *write)
            assert got == expected, f"{number}: {write}"
            seen[got[0]] = seen.get(got[0], 0) + 1
            assert stubbed.execute(ROWS).fetchall() == native.execute(ROWS).fetchall(), f"{number}: {write}"
        assert stubbed.execute(LOGGED).fetchall() == native.execute(LOGGED).fetchall()
    assert {"ok", "23514", "P0001", "23502", "23505", "22001", "22003"} <= set(seen), seen
    server.drop_database("stub_triggers")


def test_it_is_typed_and_formatted(tmp_path: Path) -> None:
    load(collected(tmp_path, SOURCE)[1], tmp_path, load_target())
    (package,) = (tmp_path / "app" / "python").iterdir()
    for words in (
        ["ruff", "check", "--isolated", "--no-cache", "--select=E4,E7,E9,F,I,UP,B,SIM", package.name],
        ["mypy", "--strict", "--no-incremental", "--cache-dir=/dev/null", "-p", package.name],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=package.parent, capture_output=True, text=True, check=False
        )
        if "No module named" in done.stderr:
            pytest.skip(done.stderr)
        assert done.returncode == 0, done.stdout + done.stderr


BODY = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {} RETURN NEW; END $$;"
FIRES = "CREATE TRIGGER t BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION f();"
TABLE = "CREATE TABLE p (id int PRIMARY KEY, n int);"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (TABLE + BODY.format("") + "CREATE TRIGGER t AFTER INSERT ON p EXECUTE FUNCTION f();", "for statements"),
        (
            TABLE + BODY.format("EXECUTE 'SELECT ' || NEW.n;") + FIRES,
            "EXECUTE",
        ),
        (
            "CREATE TABLE q (id int PRIMARY KEY);CREATE TABLE p (id int PRIMARY KEY REFERENCES q ON DELETE CASCADE);"
            + BODY.format("") + "CREATE TRIGGER t BEFORE DELETE ON p FOR EACH ROW EXECUTE FUNCTION f();",
            "calls no code",
        ),
        (
            "CREATE TABLE p (n int);" + BODY.format("") + FIRES,
            "no primary key",
        ),
    ],
)  # fmt: skip
def test_what_has_no_code_says_so(source: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "x.sql").write_text(source)
    done = rewrite(str(tmp_path / "x.sql"), tmp_path / "out")
    (entry,) = (entry for entry in done.ledger["entries"] if entry["kind"] == "trigger")
    assert why in entry["reason"]
    assert not list((tmp_path / "out").glob("app/python/*/p.py"))

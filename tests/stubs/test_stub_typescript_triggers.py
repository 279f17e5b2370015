"""Triggers in TypeScript against PostgreSQL's own: the source on PostgreSQL, its tables on DSQL, the same calls."""

import random
from pathlib import Path
from typing import Any

import psycopg
import pytest
from node_cases import Failed, Node, tool

pytest.importorskip("dsql_migrate.stubs.translate", reason="bodies are not translated here")

from dsql_migrate.engine.local import Database
from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.rewrite.application.writing import obligations_of
from dsql_migrate.rewrite.decisions import Decisions
from dsql_migrate.rewrite.planning import make_plan
from dsql_migrate.rewrite.run import read_input
from dsql_migrate.stubs.code.package import Package, package_of
from dsql_migrate.stubs.translate import translate
from dsql_migrate.stubs.typescript import write_typescript
from dsql_migrate.target import load_target

TABLES = """
CREATE TABLE item (
    id integer PRIMARY KEY, name text NOT NULL, slug text, price numeric(10,2) DEFAULT 1 + 1, big bigint,
    stock integer DEFAULT 5, deleted boolean DEFAULT false NOT NULL, note varchar(8),
    updated_at timestamp with time zone, changes integer DEFAULT 0
);
CREATE TABLE audit (n integer, what text, item integer, was text, now text, price numeric(10,2));
CREATE TABLE shelf (id integer PRIMARY KEY, items integer DEFAULT 0 NOT NULL, seen integer DEFAULT 0 NOT NULL);
CREATE TABLE placed (id integer PRIMARY KEY, shelf integer, amount smallint);
"""
TRIGGERS = """
CREATE FUNCTION validate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.price < 0 THEN
    RAISE EXCEPTION 'price % of "%" is negative: 100%%', NEW.price, NEW.name
      USING ERRCODE = 'check_violation', HINT = 'give it away', CONSTRAINT = 'item_price';
  END IF;
  -- a name has to be there
  IF NEW.name = '' OR NEW.name IS NULL THEN
    NEW.name := 'item ' || NEW.id;
  END IF;
  IF NEW.big > 9007199254740992 AND NOT NEW.big = 9007199254740993 THEN
    NEW.big := NEW.big - 1;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER a_validate BEFORE INSERT OR UPDATE ON item FOR EACH ROW EXECUTE FUNCTION validate();
CREATE FUNCTION slugify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.slug := lower(regexp_replace(NEW.name, '[^A-Za-z0-9]+', '-', 'g'));
  RETURN NEW;
END $$;
CREATE TRIGGER b_slug BEFORE INSERT OR UPDATE OF name ON item FOR EACH ROW EXECUTE FUNCTION slugify();
CREATE FUNCTION counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.price IS DISTINCT FROM OLD.price THEN
    NEW.changes := NEW.changes + 1;
  ELSIF NEW.stock IN (7, 8) THEN
    RETURN NULL;
  END IF;
  NEW.updated_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER c_count BEFORE UPDATE ON item FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
  EXECUTE FUNCTION counted();
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.stock > 5 THEN
    RETURN NULL;
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER keep BEFORE DELETE ON item FOR EACH ROW EXECUTE FUNCTION keep();
CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  number integer;
  latest record;
BEGIN
  SELECT count(*) INTO number FROM audit;
  SELECT item, now INTO latest FROM audit WHERE item IS NOT NULL ORDER BY n DESC, item, now LIMIT 1;
  number := number + coalesce(latest.item, 100);
  IF TG_OP = 'INSERT' THEN
    INSERT INTO audit VALUES (number, TG_OP, NEW.id, NULL, NEW.name, NEW.price);
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO audit VALUES (number, TG_OP || ' ' || TG_TABLE_NAME, NEW.id, OLD.name, NEW.name, NEW.price - OLD.price);
  ELSE
    INSERT INTO audit VALUES (number, TG_OP, OLD.id, OLD.name, NULL, OLD.price);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER log AFTER INSERT OR UPDATE OR DELETE ON item FOR EACH ROW EXECUTE FUNCTION log();
CREATE FUNCTION spelled() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  r record;
  lines integer := 0;
BEGIN
  FOR r IN SELECT item, now FROM audit WHERE item = NEW.id ORDER BY n LOOP
    CONTINUE WHEN r.now IS NULL;
    lines := lines + 1;
    EXIT WHEN lines >= 2;
  END LOOP;
  FOR i IN 1..lines LOOP
    INSERT INTO audit (n, what, item) VALUES (i, 'stock', NEW.id);
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER "Stock" AFTER UPDATE OF stock ON item FOR EACH ROW WHEN (NEW.stock > 2) EXECUTE FUNCTION spelled();
CREATE FUNCTION each() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit (what) VALUES ('statement ' || TG_WHEN || ' ' || TG_OP);
  RETURN NULL;
END $$;
CREATE TRIGGER first BEFORE UPDATE ON placed FOR EACH STATEMENT EXECUTE FUNCTION each();
CREATE TRIGGER last AFTER INSERT OR UPDATE ON placed FOR EACH STATEMENT EXECUTE FUNCTION each();
CREATE FUNCTION recount() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    UPDATE shelf SET items = items - OLD.amount WHERE id = OLD.shelf;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    UPDATE shelf SET items = items + NEW.amount WHERE id = NEW.shelf;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'no shelf %', NEW.shelf USING ERRCODE = '23503';
    END IF;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER recount AFTER INSERT OR UPDATE OR DELETE ON placed FOR EACH ROW EXECUTE FUNCTION recount();
"""
Call = tuple[str, str, list[Any]]


def package_from(source: str, folder: Path) -> Package:
    path = folder / "triggers.sql"
    path.write_text(source)
    target, decided = load_target(), Decisions()
    plan, stubs = make_plan(read_input(str(path), decided, target), target, decided)
    obligations = obligations_of(plan, stubs)
    return package_of(obligations, translate(obligations))


def names_of(dsn: str) -> dict[str, list[str]]:
    with psycopg.connect(dsn) as conn:
        query = """SELECT c.relname, array_agg(a.attname::text ORDER BY attnum) FROM pg_attribute a
            JOIN pg_class c ON c.oid = attrelid
            WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0 GROUP BY 1"""
        return dict(conn.execute(query).fetchall())


def as_sql(call: Call) -> tuple[Any, list[Any]]:
    """The call as the statement that PostgreSQL's triggers see."""
    module, kind, arguments = call
    table = psycopg.sql.Identifier(module)
    values = arguments[-1] if kind != "remove" else {}
    columns = [psycopg.sql.Identifier(name) for name in values]
    if kind == "insert":
        names = psycopg.sql.SQL(", ").join(columns)
        marks = psycopg.sql.SQL(", ").join([psycopg.sql.Placeholder()] * len(values))
        return psycopg.sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(table, names, marks), list(values.values())
    if kind == "remove":
        return psycopg.sql.SQL("DELETE FROM {} WHERE id = %s").format(table), arguments
    pairs = psycopg.sql.SQL(", ").join(psycopg.sql.SQL("{} = %s").format(name) for name in columns)
    query = psycopg.sql.SQL("UPDATE {} SET {} WHERE id = %s").format(table, pairs)
    return query, [*values.values(), arguments[0]]


def calls(dice: random.Random, there: set[int]) -> Call:
    """One call. ``there``: the items that there are."""
    id = dice.randint(1, 5)
    if dice.random() < 0.4:
        shelf = {"shelf": dice.choice([1, 2, 9, None]), "amount": dice.randint(-2, 3)}
        return dice.choice([
            ("placed", "insert", [{"id": id, **shelf}]), ("placed", "update", [id, shelf]), ("placed", "remove", [id]),
        ])  # fmt: skip
    values: dict[str, Any] = {
        "name": dice.choice(["Green tea", "", "Ünï `code` ${x}", "x" * 9]),
        "price": dice.choice([None, "1.50", "-1", "1.5", 0]),
        "big": dice.choice([None, "9007199254740993", "9007199254740995", 5]),
        "stock": dice.choice([None, 1, 3, 7, 2**31 - 1]),
        "note": dice.choice(["short", None, "much too long"]),
        "changes": dice.choice([0, 2**31 - 1, 2**31 - 1, 2**31 - 1]),
    }
    some = dict(dice.sample(sorted(values.items()), dice.randint(1, 4)))
    kind = dice.choice(["insert", "update", "update", "remove"])
    if kind == "insert":
        return "item", kind, [{"id": id, "name": "Box", **some}]
    if id not in there:  # PostgreSQL refuses a value even where no row takes it
        some.pop("note", None)
    return ("item", kind, [id, some or {"stock": 1}]) if kind == "update" else ("item", kind, [id])


@pytest.mark.server
def test_triggers_as_postgres_has_them(server: Server, dsql: Database, node: Node, tmp_path: Path) -> None:
    """After each of the calls both sides have answered alike, and hold the same rows; clocks aside."""
    package = package_from(TABLES + TRIGGERS, tmp_path)
    assert [one.name for module in package.modules for one in module.owed] == []
    real = server.create_database("ts_triggers")
    for dsn, script in ((real, TABLES + TRIGGERS), (dsql.dsn, TABLES)):
        with psycopg.connect(dsn, autocommit=True) as conn:
            conn.execute("SET timezone TO 'UTC'")
            if dsn == real:
                conn.execute(script.encode())
            else:
                for statement in script.split(";\n"):
                    if statement.strip():
                        conn.execute(statement.encode())
            conn.execute("INSERT INTO shelf VALUES (1), (2)")
    stubs = node.load(package, load_target())
    on = node.connect(dsql.dsn)
    dice = random.Random("triggers")
    seen: dict[str, int] = {}
    kept = {table: [c for c in columns if c != "updated_at"] for table, columns in names_of(real).items()}
    with psycopg.connect(real, autocommit=True) as native, psycopg.connect(dsql.dsn, autocommit=True) as looking:
        for number in range(200):
            there = {row[0] for row in native.execute("SELECT id FROM item")}
            call = calls(dice, there)
            expected = got = ("ok", "")
            try:
                native.execute(*as_sql(call))
            except psycopg.Error as error:
                expected = (str(error.sqlstate), str(error.diag.message_primary))
            try:
                node.ask("run", name=stubs, on=on, calls=[call])
            except Failed as error:
                got = (error.code, error.fields["message"])
            assert got == expected, f"call {number}: {call}"
            seen[got[0]] = seen.get(got[0], 0) + 1
            for table, columns in kept.items():
                names = psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, columns))
                query = psycopg.sql.SQL("SELECT {} FROM {}").format(names, psycopg.sql.Identifier(table))
                rows = [sorted(map(repr, conn.execute(query).fetchall())) for conn in (native, looking)]
                assert rows[0] == rows[1], f"call {number}: {call} {table}"
    assert {"23514", "23503", "22001", "23505", "22003"} <= set(seen), seen
    assert seen["ok"] > 50
    node.ask("close", name=on)
    server.drop_database("ts_triggers")


def test_triggers_pass_the_compiler_and_prettier(npm: Path, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(npm / "node_modules")
    package = package_from(TABLES + TRIGGERS, tmp_path)
    written = write_typescript(package, tmp_path, load_target(), name="made")
    root = tmp_path / "app" / "typescript" / "made"
    assert written["trigger:public.item.log"] == ["app/typescript/made/item.ts"]
    assert tool(npm, "tsc", "-p", str(root), "--noEmit", cwd=root) == ""
    assert tool(npm, "prettier", "--print-width", "100", "--check", "*.ts", cwd=root) == ""


def test_triggers_that_cannot_be_carried_are_named(npm: Path, tmp_path: Path) -> None:
    source = TABLES + """
    CREATE FUNCTION dynamic() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      EXECUTE 'INSERT INTO ' || TG_ARGV[0] || ' VALUES (1)' || NEW.note;
      RETURN NEW;
    END $$;
    CREATE TRIGGER odd BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION dynamic('audit');
    """
    (tmp_path / "node_modules").symlink_to(npm / "node_modules")
    written = write_typescript(package_from(source, tmp_path), tmp_path, load_target(), name="made")
    assert "trigger:public.item.odd" not in written
    text = (tmp_path / "app" / "typescript" / "made" / "item.ts").read_text()
    assert "Triggers that are not carried here" in text
    assert "- odd (line" in text


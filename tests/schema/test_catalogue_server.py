"""The catalogue against PostgreSQL: after the same script both know the same tables, columns, names and sequences."""

from collections.abc import Iterator

import psycopg
import pytest

from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.schema import Catalogue
from dsql_migrate.source.build import read
from dsql_migrate.source.facts import CreateSchema
from dsql_migrate.source.nested import elements
from dsql_migrate.source.open import source_of
from dsql_migrate.source.script import pieces
from tests.schema.scripts import REFUSED, SCRIPTS

pytestmark = pytest.mark.server
_MINE = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
COLUMNS = f"""
    SELECT n.nspname, c.relname,
           array_agg(a.attname::text || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END ORDER BY attnum)
      FILTER (WHERE a.attname IS NOT NULL)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relkind IN ('r', 'p') AND {_MINE} GROUP BY 1, 2"""
CONSTRAINTS = f"""
    SELECT n.nspname, c.relname, o.conname FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace WHERE o.contype IN ('p', 'u', 'c', 'f', 'x') AND {_MINE}"""
INDEXES = f"""
    SELECT n.nspname, t.relname, c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
      JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE {_MINE}
       AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = c.oid AND o.contype IN ('p', 'u', 'x'))"""
SEQUENCES = f"""
    SELECT n.nspname, c.relname, t.relname, a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
       AND d.refclassid = 'pg_class'::regclass
      LEFT JOIN pg_class t ON t.oid = d.refobjid
      LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
     WHERE c.relkind = 'S' AND {_MINE}"""


@pytest.fixture(scope="module")
def database(server: Server) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.create_database("catalogue"), autocommit=True) as connection:
        yield connection
    server.drop_database("catalogue")


@pytest.fixture
def empty(database: psycopg.Connection) -> psycopg.Connection:
    """The database with nothing in it but the schema public."""
    for (name,) in database.execute(f"SELECT quote_ident(n.nspname) FROM pg_namespace n WHERE {_MINE}").fetchall():
        database.execute(f"DROP SCHEMA {name} CASCADE")
    database.execute("RESET ALL")
    database.execute("CREATE SCHEMA public")
    return database


def catalogue_of(script: str) -> Catalogue:
    catalogue = Catalogue()
    with source_of(script.encode()) as source:
        for number, piece in enumerate(p for p in pieces(source) if p.kind == "sql"):
            fact = read(piece.sql)
            parts = elements(piece) if isinstance(fact, CreateSchema) and fact.nested else [piece]
            outer = catalogue.search_path
            for i, part in enumerate(parts):
                if i and isinstance(fact, CreateSchema):
                    catalogue.search_path = (fact.name, *outer)
                catalogue.apply(read(part.sql), number, piece.body_line)
            if len(parts) > 1:
                catalogue.search_path = outer
    return catalogue


def rows(database: psycopg.Connection, query: str) -> list[tuple[object, ...]]:
    return sorted(database.execute(query).fetchall(), key=str)


@pytest.mark.parametrize("name", SCRIPTS)
def test_both_end_with_the_same(empty: psycopg.Connection, name: str) -> None:
    empty.execute(SCRIPTS[name])
    found = catalogue_of(SCRIPTS[name])
    assert found.troubles == []
    columns = [
        (*t.key, [c.name + " not null" * c.not_null for c in t.columns.values()] or None) for t in found.tables.values()
    ]
    assert sorted(columns, key=str) == rows(empty, COLUMNS)
    constraints = [(*t.key, c) for t in found.tables.values() for c in t.constraints]
    assert sorted(constraints, key=str) == rows(empty, CONSTRAINTS)
    indexes = [(i.key[0], i.table[1], i.key[1]) for i in found.indexes.values()]
    assert sorted(indexes, key=str) == rows(empty, INDEXES)
    owners = [
        (*s.key, *((s.owned_by[0][1], s.owned_by[1]) if s.owned_by else (None, None))) for s in found.sequences.values()
    ]
    assert sorted(owners, key=str) == rows(empty, SEQUENCES)


@pytest.mark.parametrize(("before", "refused"), REFUSED)
def test_what_postgresql_refuses_is_a_trouble(empty: psycopg.Connection, before: str, refused: str) -> None:
    empty.execute(before)
    with pytest.raises(psycopg.Error):
        empty.execute(refused)
    assert catalogue_of(before).troubles == []
    found = catalogue_of(f"{before};\n{refused};")
    assert [t.line for t in found.troubles] == [2]

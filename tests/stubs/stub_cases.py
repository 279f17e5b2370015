"""What the tests of stubs share: targets of three dates, a small shop, and obligations read from a live catalogue."""

import importlib
import itertools
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg

from dsql_migrate.stubs.obligations import Capabilities, ColumnShape, ForeignKey, Obligations, TableShape
from dsql_migrate.stubs.python import write_python


class Capable(frozenset[str]):
    """A target that can do what the set names."""

    def has(self, capability: str, /) -> bool:
        return capability in self

    def limit(self, name: str, /) -> int:
        """Small ones, so that a test can meet them."""
        return {"transaction-rows": 5, "transaction-bytes": 10_000}[name]


BEFORE_ANY_PREDICATE = Capable()
FOR_UPDATE = Capable({"for-update-any-predicate"})
KEY_SHARE = Capable({"for-update-any-predicate", "for-key-share"})
TARGETS = {"before-any-predicate": BEFORE_ANY_PREDICATE, "for-update": FOR_UPDATE, "key-share": KEY_SHARE}


def table(name: str, *columns: str, key: Sequence[str] = ("id",), schema: str = "public") -> TableShape:
    return TableShape(schema, name, tuple(ColumnShape(column, "integer") for column in columns), tuple(key))


def foreign_key(name: str, child: str, columns: Sequence[str], parent: str, **rest: Any) -> ForeignKey:
    values: dict[str, Any] = {"referenced_columns": (), "line": 7, **rest}
    return ForeignKey(f"constraint:{name}", name, table=("public", child), columns=tuple(columns),
                      references=("public", parent), **values)  # fmt: skip


SHOP = Obligations(
    "shop.dump.sql",
    (
        table("customer", "id"),
        table("orders", "id", "customer_id"),
        table("line", "order_id", "no", key=("order_id", "no")),
    ),
    (
        foreign_key("orders_customer_id_fkey", "orders", ["customer_id"], "customer", line=14),
        foreign_key("line_order_id_fkey", "line", ["order_id"], "orders", on_delete="cascade", line=15),
    ),
)

_numbers = itertools.count()


def load(obligations: Obligations, folder: Path, target: Capabilities) -> ModuleType:
    """Write the package under a name that no other test has, and import it; its modules are attributes."""
    name = f"made_{next(_numbers)}"
    written = write_python(obligations, folder, target, package=name)
    sys.path.insert(0, str(folder / "app" / "python"))
    try:
        package = importlib.import_module(name)
        for file in {Path(file).stem for files in written.values() for file in files} | {"runtime"}:
            importlib.import_module(f"{name}.{file}")
        return package
    finally:
        sys.path.pop(0)


ACTIONS: dict[str, Any] = {
    "a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default",
}  # fmt: skip
_TABLES = """
    SELECT c.oid, nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY c.oid
"""
_COLUMNS = """
    SELECT attname, format_type(atttypid, atttypmod), attnotnull, atthasdef, attgenerated <> ''
    FROM pg_attribute WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
_NAMES = "(SELECT array_agg(attname::text ORDER BY o) FROM unnest({}) WITH ORDINALITY k(n, o) " \
    "JOIN pg_attribute ON attrelid = {} AND attnum = n)"  # fmt: skip
_KEYS = f"""
    SELECT contype, conname, conrelid, {_NAMES.format("conkey", "conrelid")}, confrelid,
      {_NAMES.format("confkey", "confrelid")}, confdeltype, confupdtype,
      {_NAMES.format("confdelsetcols", "conrelid")}, confmatchtype, condeferrable, condeferred
    FROM pg_constraint WHERE conrelid <> 0 AND contype IN ('p', 'f') ORDER BY oid
"""


def obligations_of(dsn: str) -> Obligations:
    """Every foreign key of a live database, with the tables, in the order in which they were made."""
    with psycopg.connect(dsn) as conn:
        tables = {oid: (schema, name) for oid, schema, name in conn.execute(_TABLES)}
        columns = {oid: tuple(ColumnShape(*row) for row in conn.execute(_COLUMNS, (oid,))) for oid in tables}
        constraints = conn.execute(_KEYS).fetchall()
    primary = {row[2]: tuple(row[3]) for row in constraints if row[0] == "p"}
    shapes = tuple(TableShape(*name, columns[oid], primary.get(oid, ())) for oid, name in tables.items())
    found = enumerate(constraints, 1)
    keys = tuple(_foreign_key(tables, number, *row[1:]) for number, row in found if row[0] == "f")
    return Obligations("catalogue.sql", shapes, keys)


def _foreign_key(
    tables: dict[int, tuple[str, str]], line: int, name: str, child: int, columns: list[str], parent: int,
    referenced: list[str], delete: str, update: str, only: list[str] | None, match: str, later: bool, deferred: bool,
) -> ForeignKey:  # fmt: skip
    return ForeignKey(
        f"{tables[child][1]}.{name}",
        name,
        line,
        tables[child],
        tuple(columns),
        tables[parent],
        tuple(referenced),
        ACTIONS[delete],
        ACTIONS[update],
        tuple(only or ()),
        "full" if match == "f" else "simple",
        later,
        deferred,
    )


def without_foreign_keys(dsn: str, obligations: Obligations) -> None:
    """Drop the foreign keys of a database, as the bundle leaves them out."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        for key in obligations.foreign_keys:
            name, owner = psycopg.sql.Identifier(key.name), psycopg.sql.Identifier(*key.table)
            conn.execute(psycopg.sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(owner, name))

"""Which tools the files of a run may belong to, from names and heads alone: whoever is not named here is not asked.

A sign is enough to ask, not to claim: each tool looks for itself. It is a fault to miss one.
"""

from __future__ import annotations

import os

from dsql_migrate.source.migrations.tree import Tree

# What a file must hold near its beginning, in small letters, for a tool that tells its files by what they say.
_SAID = (
    (b"liquibase", "liquibase"),
    (b"+goose", "goose"),
    (b"+migrate", "sql-migrate"),
    (b"migrate:up", "dbmate"),
    (b"statement-breakpoint", "drizzle"),
    (b"create above / drop below", "tern"),
    (b"tern: disable-tx", "tern"),
    (b"-- no-transaction", "sqlx"),
    (b"-- atlas:", "atlas"),
)
_PROGRAMS = ("node-pg-migrate", "typeorm", "sequelize", "knex")
_BY_SUFFIX = (  # tools in other languages look at heads themselves
    (".py", ("alembic", "django")),
    (".rb", ("rails",)),
    ((".xml", ".yaml", ".yml", ".json"), ("liquibase",)),
    ((".js", ".cjs", ".mjs", ".ts", ".cts", ".mts"), _PROGRAMS),
)
_BY_NAME = {
    "migration.sql": ("prisma", "drizzle"),
    "up.sql": ("diesel", "hasura"),
    "down.sql": ("diesel", "hasura"),
    "structure.sql": ("rails-structure",),
}
FLYWAY_FILES = (
    "flyway.toml", "flyway.conf", "conf/flyway.toml", "conf/flyway.conf", "application.properties",
    "src/main/resources/application.properties",
)  # fmt: skip


def signs(tree: Tree) -> set[str]:
    """The names of the tools that have to be asked."""
    met: set[str] = set()
    for suffix, tools in _BY_SUFFIX:
        if any(file.endswith(suffix) for file in tree.files):
            met.update(tools)
    for folder, files in tree.folders(".sql"):
        names = [os.path.basename(file) for file in files]
        for file, name in zip(files, names, strict=True):
            met |= _of_file(tree, file, name)
        if not all(name in _BY_NAME for name in names):  # a folder a migration has no marks of its own
            met |= _of_folder(tree, folder, any(name[0].isdigit() for name in names))
    return met


def _of_folder(tree: Tree, folder: str, digits: bool) -> set[str]:
    met = {"numbered"} if digits else set()
    if digits and tree.above(folder, "Cargo.toml"):
        met.add("sqlx")
    if tree.beside(folder, "atlas.sum"):
        met.add("atlas")
    if tree.beside(folder, "meta/_journal.json"):
        met.add("drizzle")
    if tree.above(folder, *FLYWAY_FILES):
        met.add("flyway")
    if os.path.abspath(folder).endswith(os.path.join(os.sep, "supabase", "migrations")):
        met.add("supabase")
    return met


def _of_file(tree: Tree, file: str, name: str) -> set[str]:
    head = tree.head(file).lower()
    met = {tool for mark, tool in _SAID if mark in head}
    if b"migration" in head and b"up" in head:
        met.add("node-pg-migrate")
    if "__" in name and name[0] in "VUBR":
        met.add("flyway")
        if tree.above(os.path.dirname(file), "Cargo.toml"):
            met.add("refinery")
    if name.endswith((".up.sql", ".down.sql")):
        met.add("golang-migrate")
    if name.endswith("_structure.sql"):
        met.add("rails-structure")
    met.update(_BY_NAME.get(name, ()))
    return met

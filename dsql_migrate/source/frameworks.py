"""The names of the migration tools, and nothing that would have to be loaded to know them."""

from __future__ import annotations

# Name -> module of source/migrations, in the order in which they are asked, surest first. For which files one is asked
# stands in signs.py there.
TOOLS: dict[str, str] = {
    # told by what the files say themselves
    "liquibase": "liquibase",
    "goose": "goose",
    "sql-migrate": "sql_migrate",
    "dbmate": "dbmate",
    "node-pg-migrate": "node_pg_migrate",
    "tern": "tern",
    "alembic": "alembic",
    "django": "django",
    "rails": "rails_migrations",
    "typeorm": "typeorm",
    "sequelize": "sequelize",
    "knex": "knex",
    # by what stands beside them
    "prisma": "prisma",
    "drizzle": "drizzle",
    "hasura": "hasura",
    "diesel": "diesel",
    "sqlx": "sqlx",  # before golang-migrate: names with .up.sql are those of both
    "golang-migrate": "golang_migrate",
    "atlas": "atlas",
    "supabase": "supabase",
    # by names alone
    "refinery": "refinery",  # before Flyway: names with V1__ are those of both
    "flyway": "flyway",
    "rails-structure": "rails",
    "numbered": "numbered",
    "psql": "psql",  # takes what is left: last
}


def names() -> tuple[str, ...]:
    """What --framework may say besides auto."""
    return tuple(sorted(TOOLS))

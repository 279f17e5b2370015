"""Alembic: operations of a migration as the SQL it sends."""

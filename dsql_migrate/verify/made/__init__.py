"""Rows made for tables that the input has none for: put into the source, carried by the bundle, compared."""

from dsql_migrate.verify.made.prove import prove

__all__ = ["prove"]

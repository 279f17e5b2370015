"""The catalogue that follows a script: what has been created, altered, renamed, moved and dropped so far."""

from dsql_migrate.schema.catalogue import Catalogue, Trouble, split_qualified
from dsql_migrate.schema.types import Resolved, canonical

__all__ = ["Catalogue", "Resolved", "Trouble", "canonical", "split_qualified"]

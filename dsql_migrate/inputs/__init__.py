"""Other ways in than a dump of PostgreSQL: a live database, a dump of MySQL, a folder of migrations.

Each becomes a Source whose bytes are a PostgreSQL script; ``Source.place`` says where a piece of it really stands.
"""

from __future__ import annotations

from dsql_migrate.inputs.given import Given, Live, open_given

__all__ = ["Given", "Live", "open_given"]

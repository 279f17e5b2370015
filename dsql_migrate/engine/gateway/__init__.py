"""The gateway: PostgreSQL's wire protocol in front of the embedded server, with DSQL's answers and transactions."""

from dsql_migrate.engine.gateway.listener import Listener, serve
from dsql_migrate.engine.gateway.options import Options

__all__ = ["Listener", "Options", "serve"]

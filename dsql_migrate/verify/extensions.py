"""CREATE EXTENSION in the replay: the real one where the server has it, else a stand-in from ``shims/``, else nothing.

A stand-in is marked by a comment on each of its objects, so that the catalogue's reader leaves them out.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from dsql_migrate.verify.digest import quoted
from dsql_migrate.verify.queries import MARK

# What a stand-in cannot do, where its file does not say it in the first line.
_NOTHING = "the embedded server has no {name}: what needs it is not replayed"


class Extensions:
    """The extensions of one replay. ``session`` runs the script, ``admin`` is the superuser's connection."""

    def __init__(self, session: Any, admin: Any | None) -> None:
        self._session = session
        self._admin = admin
        self.stand_ins: dict[str, str] = {}  # extension -> what took its place, as a sentence

    def create(self, name: str, schema: str | None) -> None:
        """Make an extension, or what stands in for it. Raises psycopg.Error where the schema is not there, say."""
        if self._exists(name):
            return
        place = schema or str(self._ask("SELECT pg_catalog.current_schema()") or "public")
        if self._really(name, place):
            return
        text = shim(name)
        if text is None:
            self.stand_ins[name] = _NOTHING.format(name=name)
            return
        self.stand_ins[name] = text.partition("\n")[0].removeprefix("--").strip()
        self._install(name, text, place)

    def _exists(self, name: str) -> bool:
        """The extension, or its stand-in: a rollback may have taken either away again."""
        query = (
            "SELECT 1 FROM pg_catalog.pg_extension WHERE extname = %s"
            " UNION ALL SELECT 1 FROM pg_catalog.pg_description WHERE description = %s LIMIT 1"
        )
        return self._ask(query, name, f"{MARK}: {name}") is not None

    def _ask(self, query: str, *values: object) -> Any:
        row = self._session.execute(query.encode(), values or None).fetchone()
        return row[0] if row else None

    def _really(self, name: str, place: str) -> bool:
        """The server's own extension, if it has it.

        An extension's script runs with a superuser's rights where it is not a trusted one, and would find what a
        hostile script put into the schema before it. So it is made in an empty schema of its own and moved.
        """
        import psycopg

        row = self._session.execute(
            b"SELECT v.superuser, v.trusted, v.relocatable FROM pg_catalog.pg_available_extension_versions v"
            b" JOIN pg_catalog.pg_available_extensions e ON e.name = v.name AND e.default_version = v.version"
            b" WHERE v.name = %s",
            (name,),
        ).fetchone()
        if row is None:
            return False
        superuser, trusted, relocatable = row
        if not superuser or trusted:
            self._session.execute(f"CREATE EXTENSION {quoted(name)} SCHEMA {quoted(place)} CASCADE".encode())
            return True
        if self._admin is None or not relocatable:
            return False
        shelf = quoted(f"dsql_migrate_{name}")
        try:
            self._admin.execute(f"CREATE SCHEMA {shelf}".encode())
            self._admin.execute(f"CREATE EXTENSION {quoted(name)} SCHEMA {shelf}".encode())
            self._admin.execute(f"ALTER EXTENSION {quoted(name)} SET SCHEMA {quoted(place)}".encode())
        except psycopg.Error:
            # A schema of this name may be new in the script's open transaction, where nobody else sees it.
            self._admin.execute(f"DROP EXTENSION IF EXISTS {quoted(name)}".encode())
            return False
        finally:
            self._admin.execute(f"DROP SCHEMA IF EXISTS {shelf}".encode())
        return True

    def _install(self, name: str, text: str, place: str) -> None:
        path = self._ask("SELECT pg_catalog.current_setting('search_path')")
        last = self._ask(_LAST)
        self._session.execute(f"SET search_path = {quoted(place)}, pg_catalog".encode())
        try:
            if self._ask("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = %s", place) is None:
                self._session.execute(f"COMMENT ON SCHEMA {quoted(place)} IS NULL".encode())  # 3F000, as PostgreSQL
            self._session.execute(text.encode())
            self._session.execute(_MARKING.format(last=last, mark=f"{MARK}: {name}".replace("'", "''")).encode())
        finally:
            if self._session.info.transaction_status.name != "INERROR":
                self._session.execute(b"SELECT pg_catalog.set_config('search_path', %s, false)", (path,))


# Object ids only grow in a new cluster: what is above the highest one was made by the stand-in.
_LAST = (
    "SELECT greatest((SELECT max(oid)::bigint FROM pg_catalog.pg_proc),"
    " (SELECT max(oid)::bigint FROM pg_catalog.pg_type), (SELECT max(oid)::bigint FROM pg_catalog.pg_class))"
)
_MARKING = """
DO $$
DECLARE statement text;
BEGIN
  FOR statement IN
    SELECT 'FUNCTION ' || oid::pg_catalog.regprocedure FROM pg_catalog.pg_proc WHERE oid::bigint > {last}
      AND proowner = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user)
    UNION ALL
    SELECT CASE typtype WHEN 'd' THEN 'DOMAIN ' ELSE 'TYPE ' END || oid::pg_catalog.regtype FROM pg_catalog.pg_type
    WHERE oid::bigint > {last} AND typtype IN ('d', 'e', 'c') AND typelem = 0
      AND typowner = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user)
  LOOP
    EXECUTE 'COMMENT ON ' || statement || ' IS ' || pg_catalog.quote_literal('{mark}');
  END LOOP;
END $$"""


def shim(name: str) -> str | None:
    """The SQL of the stand-in for an extension; None where there is none. Its first line says what it is."""
    if not name.replace("-", "").replace("_", "").isalnum():
        return None
    file = files(__package__).joinpath("shims", f"{name}.sql")
    return file.read_text(encoding="utf-8") if file.is_file() else None

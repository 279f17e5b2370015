"""One session that runs a script's statements, each for itself. What the server lacks is replaced; all is noted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dsql_migrate.source import facts as f
from dsql_migrate.source.build import read
from dsql_migrate.verify import substitute
from dsql_migrate.verify.digest import quoted
from dsql_migrate.verify.extensions import Extensions
from dsql_migrate.verify.loaded import LoadFailure, Skipped
from dsql_migrate.verify.naming import object_ids

if TYPE_CHECKING:
    import psycopg

_STEP = b"dsql_migrate_step"
_ROLE_MISSING = re.compile(r'\Arole "(.*)" does not exist\Z', re.DOTALL)  # the name stands in it raw
_SCHEMA_MISSING = re.compile(r'\Aschema "(.*)" does not exist\Z', re.DOTALL)
_NO_PLACE = frozenset(("3F000", "42501"))  # no schema to create in; only pg_catalog, which is nobody's to create in
_SERIAL = frozenset(("serial", "serial2", "serial4", "serial8", "bigserial", "smallserial"))
_MOST_REPAIRS = 12  # of one statement
_LACKING_TYPE = frozenset(("42704", "42601", "3F000", "0A000", "22023"))


class Replay:
    """The script's session (an ordinary role, autocommit) and the superuser's beside it (roles, extensions)."""

    def __init__(self, session: Any, admin: Any | None) -> None:
        self.session = session
        self.extensions = Extensions(session, admin)
        self.failures: list[LoadFailure] = []
        self.skipped: list[Skipped] = []
        self.unproved: list[tuple[str, str]] = []
        self._admin = admin

    @property
    def in_transaction(self) -> bool:
        return bool(self.session.info.transaction_status.name == "INTRANS")

    def skip(self, line: int, fact: f.Fact | None, reason: str) -> None:
        ids = object_ids(fact, self.schema()) if fact is not None else ()
        self.skipped += (Skipped(line, id, reason) for id in ids or ("statement",))

    def schema(self) -> str:
        """Where unqualified names go now."""
        row = self.session.execute(b"SELECT pg_catalog.current_schema()").fetchone()
        return str(row[0] or "public")

    def fail(self, line: int, fact: f.Fact, error: psycopg.Error) -> None:
        ids = object_ids(fact, self.schema()) or ("statement",)
        message = (error.diag.message_primary or str(error)).partition("\n")[0]
        self.failures += (LoadFailure(line, id, error.sqlstate or "", message) for id in ids)

    def attempt(self, text: bytes) -> psycopg.Error | None:
        """Run one text; its error, with nothing of it left behind, and an open transaction still usable."""
        import psycopg

        if b"\0" in text:
            return psycopg.DataError("a NUL byte: the server would see the statement's beginning only")
        inside = self.in_transaction
        try:
            if inside:
                self.session.execute(b"SAVEPOINT " + _STEP)
            self.session.execute(text)
            if inside and self.in_transaction:
                self.session.execute(b"RELEASE SAVEPOINT " + _STEP)
        except psycopg.Error as error:
            self._recover(error, inside)
            return error
        return None

    def control(self, text: bytes, line: int, fact: f.Transaction) -> None:
        """BEGIN, COMMIT, SAVEPOINT and so on, as the script has them."""
        import psycopg

        inside = self.in_transaction
        try:
            if inside and fact.kind in ("savepoint", "release", "rollback to"):
                self.session.execute(b"SAVEPOINT " + _STEP)
            self.session.execute(text)
        except psycopg.Error as error:
            self._recover(error, inside)
            self.fail(line, fact, error)

    def copy(self, statement: bytes, line: int, chunks: Iterable[bytes], first: int) -> None:
        """A COPY with its data. ``first``: the line on which the data starts."""
        import psycopg

        inside = self.in_transaction
        try:
            if inside:
                self.session.execute(b"SAVEPOINT " + _STEP)
            with self.session.cursor().copy(statement) as stream:
                for chunk in chunks:
                    stream.write(chunk)
            if inside:
                self.session.execute(b"RELEASE SAVEPOINT " + _STEP)
        except psycopg.Error as error:
            self._recover(error, inside)
            at = re.search(r", line (\d+)", error.diag.context or "")
            self.fail(first + int(at[1]) - 1 if at else line, read(statement), error)

    def _recover(self, error: psycopg.Error, inside: bool) -> None:
        if self.session.closed:
            raise error  # the server is gone: nothing of the rest can be true
        if inside and self.session.info.transaction_status.name in ("INERROR", "INTRANS"):
            import psycopg

            try:
                self.session.execute(b"ROLLBACK TO SAVEPOINT " + _STEP)
            except psycopg.Error:  # the script's own savepoints took ours away: nothing of the transaction can be kept
                self.session.execute(b"ROLLBACK")

    def run(self, text: bytes, line: int, fact: f.Fact) -> None:
        """A statement; where it fails for want of something, without that, until it is well or nothing helps."""
        version = self.session.info.server_version
        text = substitute.newer_syntax(text, fact, version)
        first: psycopg.Error | None = None
        notes: list[tuple[str, str]] = []
        for _ in range(_MOST_REPAIRS):
            error = self.attempt(text)
            if error is None:
                self.unproved += notes
                return
            first = first or error
            if isinstance(fact, f.SetParameter):
                self.skip(line, fact, f"the server does not know it: {error.diag.message_primary}")
                return
            mended = self._repair(error, text)
            if mended is None:
                break
            text = mended.text
            notes += mended.notes
        assert first is not None
        self.fail(line, fact, first)

    def _repair(self, error: psycopg.Error, text: bytes) -> substitute.Mended | None:
        """What to try instead; None where nothing is left."""
        fact = read(text)
        message = error.diag.message_primary or ""
        role = _ROLE_MISSING.search(message)
        if role is not None:
            return substitute.Mended(text) if self._make_role(role[1]) else None
        if error.sqlstate in _NO_PLACE and type(fact).__name__.startswith("Create") and self._make_schema(message):
            return substitute.Mended(text)
        if isinstance(fact, f.AlterTable) and error.sqlstate == "42501":
            return self._triggers(fact)
        table = self._table_of(fact)
        tries = [substitute.storage(text, fact)]
        if "collation" in message:
            tries.insert(0, substitute.collations(text, fact, table))
        elif error.sqlstate in _LACKING_TYPE:
            tries.insert(0, substitute.types(text, fact, table, self._known))
        if error.sqlstate not in _LACKING_TYPE:
            return None
        return next((tried for tried in tries if tried.text != text), None)

    def _table_of(self, fact: f.Fact) -> str:
        name = fact.table if isinstance(fact, f.CreateIndex) else getattr(fact, "name", None)
        if not isinstance(name, f.Name):
            return ""
        return f"{name.schema or self.schema()}.{name.name}"

    def _known(self, type: f.TypeName) -> str | None:
        if type.schema is None and type.name in _SERIAL:
            return ""
        name = quoted(*(part for part in (type.schema, type.name) if part is not None))
        row = self.session.execute(
            b"SELECT typtype::text FROM pg_catalog.pg_type WHERE oid = pg_catalog.to_regtype(%s)", (name,)
        ).fetchone()
        if row is None:
            return None
        return name if row[0] == "d" else ""

    def _make_role(self, name: str) -> bool:
        """A role that the script names but does not make; roles of the cluster have no rights here."""
        import psycopg

        if self._admin is None:
            return False
        try:
            self._admin.execute(f"CREATE ROLE {quoted(name)} NOLOGIN".encode())
        except psycopg.Error:
            return False
        return True

    def _make_schema(self, message: str) -> bool:
        """A schema that the script takes for there, as the dump of one table does."""
        import psycopg

        missing = _SCHEMA_MISSING.search(message)
        if missing is not None:
            name = missing[1]
        else:  # none of search_path is there, but pg_catalog perhaps
            row = self.session.execute(b"SHOW search_path").fetchone()
            wanted = (part.strip().strip('"').replace('""', '"') for part in str(row[0]).split(","))
            name = next((part for part in wanted if part not in ("", "$user", "pg_catalog")), "")
        try:
            self.session.execute(f"CREATE SCHEMA {quoted(name)}".encode())
        except psycopg.Error:
            return False
        return True

    def _triggers(self, fact: f.AlterTable) -> substitute.Mended | None:
        """DISABLE TRIGGER ALL (pg_dump --disable-triggers) is a superuser's; this has the same effect here."""
        kinds = {action.kind.removesuffix(" all") for action in fact.actions}
        if kinds == {"disable trigger"}:
            return substitute.Mended(b"SET session_replication_role = replica")
        if kinds == {"enable trigger"}:
            return substitute.Mended(b"SET session_replication_role = origin")
        return None

    def finish(self) -> None:
        """End what the script left open, as psql does when it ends, and note the columns that stand-ins play."""
        if self.session.info.transaction_status.name in ("INTRANS", "INERROR"):
            self.session.execute(b"ROLLBACK")
            self.failures.append(
                LoadFailure(0, "statement", "", "the script ends inside a transaction: psql would roll it back")
            )
        self.unproved += [
            (
                f"column:{name}",
                f"its type is played by a domain over text: {self.extensions.stand_ins.get(extension, '')}",
            )
            for name, extension in self.session.execute(_PLAYED).fetchall()
        ]
        self.unproved = list(dict.fromkeys(self.unproved))
        self.failures = [replace(x, message=x.message[:300]) for x in self.failures]


_PLAYED = b"""
SELECT n.nspname || '.' || c.relname || '.' || a.attname, pg_catalog.split_part(s.description, ': ', 2)
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
JOIN pg_catalog.pg_description s
  ON s.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass AND s.objoid IN (t.oid, t.typelem)
WHERE s.description LIKE 'dsql-migrate stand-in: %' AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0
  AND NOT a.attisdropped ORDER BY 1"""

"""A DSQL session: the policy in front of a database of the embedded PostgreSQL, with DSQL's transactions and jobs.

What it adds to the policy: one DDL statement a transaction and no DML beside it, the limits on changed rows and bytes,
ASYNC statements as jobs in sys.jobs, and refusals that abort an open transaction.

Known differences from DSQL: no optimistic concurrency control (a conflict waits, as in PostgreSQL); rows changed by
cascades and by a WITH are not counted; bytes are those sent in COPY data and in the text of INSERT, UPDATE and DELETE;
values, rows and keys that are too large are not refused when they are written; jobs are done when their statement
returns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from dsql_migrate.engine.bootstrap import ROLE, bootstrap
from dsql_migrate.engine.catalog import DatabaseCatalog
from dsql_migrate.engine.endpoint import ConnectionLost, DsqlError, Result, Wire
from dsql_migrate.engine.policy import Allow, Effect, Refuse, judge, unreadable
from dsql_migrate.engine.session_jobs import SessionJobs
from dsql_migrate.source.parse import Node, Parsed, Unparsable, parse, tokens
from dsql_migrate.target import Target

_ABORTED = DsqlError("25P02", "current transaction is aborted, commands ignored until end of transaction block")
_ENDS = ("TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK")
_COUNTED = re.compile(r"(?:INSERT \d+|UPDATE|DELETE|COPY) (\d+)$")


@dataclass(slots=True)
class _Transaction:
    """What has happened since BEGIN."""

    failed: bool = False
    ddl: bool = False
    dml: bool = False
    rows: int = 0
    size: int = 0
    submitted: list[str] = field(default_factory=list)  # jobs to run after COMMIT


class EngineSession:
    """One connection to the reference engine; implements ``Endpoint``."""

    def __init__(self, dsn: str, target: Target) -> None:
        """Prepare the database on first use, and connect to it.

        ``dsn`` is the superuser's, from ``Server.dsn`` or ``Server.create_database``. Raises ConnectionLost.
        """
        from psycopg.conninfo import conninfo_to_dict, make_conninfo

        self.target = target
        superuser = Wire(dsn)
        try:
            bootstrap(superuser, str(conninfo_to_dict(dsn).get("dbname") or "postgres"), target)
        except DsqlError as error:
            raise ConnectionLost(f"the database cannot be prepared: {error.message}") from error
        finally:
            superuser.close()
        self._wire = Wire(make_conninfo(dsn, user=ROLE))
        self._catalog = DatabaseCatalog(self._wire)
        self._jobs = SessionJobs(self._wire, dsn)
        self._open: _Transaction | None = None

    @property
    def name(self) -> str:
        """host:port/database of the server behind it."""
        return self._wire.name

    @property
    def transaction_status(self) -> Literal["I", "T", "E"]:
        """Idle, in a transaction, or in one that is aborted: what the protocol's ReadyForQuery says."""
        if self._open is None:
            return "I"
        return "E" if self._open.failed else "T"

    def execute(self, sql: str | bytes) -> Result:
        """Run one statement. Raises DsqlError as DSQL would answer; ConnectionLost."""
        text = sql.encode() if isinstance(sql, str) else sql
        parsed = self._parse(text)
        allowed = self._admit(parsed, text)
        if parsed.kind == "TransactionStmt":
            return self._control(parsed.node, allowed)
        if parsed.kind == "CopyStmt" and not _to_client(parsed.node):
            raise self._refused(DsqlError("08P01", "COPY FROM STDIN needs data: use copy()"))
        if allowed.effect in (Effect.DDL, Effect.DML):
            size = len(text) if allowed.effect is Effect.DML else 0
            return self._changing(allowed, size, lambda: self._run(parsed, allowed))
        return self._guarded(lambda: self._run(parsed, allowed))

    def copy(self, sql: str | bytes, chunks: Iterable[bytes]) -> int:
        """Run ``COPY … FROM STDIN`` with the data; returns the number of rows. Raises DsqlError, ConnectionLost.

        An exception out of ``chunks`` makes the COPY fail and is passed on.
        """
        text = sql.encode() if isinstance(sql, str) else sql
        parsed = self._parse(text)
        allowed = self._admit(parsed, text)
        if parsed.kind != "CopyStmt" or _to_client(parsed.node):
            raise self._refused(DsqlError("42601", "not a COPY … FROM STDIN statement"))
        sent = 0

        def counted() -> Iterator[bytes]:
            nonlocal sent
            for chunk in chunks:
                sent += len(chunk)
                yield chunk

        def run() -> Result:
            rows = self._wire.copy(allowed.sql, counted())
            if self._open is not None:
                self._open.size += sent
            return Result(f"COPY {rows}", rowcount=rows)

        return self._changing(allowed, 0, run).rowcount

    def run(self, script: str | bytes) -> list[Result]:
        """Run several statements as one message of the simple protocol: one transaction, unless they control their own.

        Raises DsqlError; then nothing of an implicit transaction stays.
        """
        text = script.encode() if isinstance(script, str) else script
        statements = list(_split(text))
        if len(statements) < 2 or self._open is not None or any(map(_controls, statements)):
            return [self.execute(statement) for statement in statements]
        self._begin()
        try:
            results = [self.execute(statement) for statement in statements]
        except DsqlError:
            self._finish(b"ROLLBACK")
            raise
        self._finish(b"COMMIT")
        return results

    def reconnect(self) -> None:
        """Open the connection anew; an open transaction is gone. Raises ConnectionLost."""
        self._open = None
        self._wire.reconnect()

    def close(self) -> None:
        """Close the connection."""
        self._wire.close()

    # -- one statement ---------------------------------------------------------------------------------------------

    def _parse(self, text: bytes) -> Parsed:
        message = self.target.limits.get("message-bytes")
        if message is not None and len(text) > message.value:
            raise self._refused(DsqlError(message.sqlstate or "08P01", message.message or "message too long"))
        try:
            return parse(text, deep=True)
        except Unparsable as error:
            refused = unreadable(error, text)
            raise self._refused(DsqlError(refused.sqlstate, refused.message)) from None

    def _admit(self, parsed: Parsed, text: bytes) -> Allow:
        """The policy's verdict, and the rules of the transaction. Raises DsqlError."""
        ending = parsed.kind == "TransactionStmt" and parsed.node["kind"] in _ENDS
        if self._open is not None and self._open.failed and not ending:
            raise _ABORTED
        verdict = judge(parsed, text, self.target, self._catalog)
        if isinstance(verdict, Refuse):
            raise self._refused(DsqlError(verdict.sqlstate, verdict.message))
        if self._open is not None:
            if verdict.effect is Effect.DDL and self._open.ddl:
                raise self._refused(self._limit("transaction-ddl"))
            mixed = (verdict.effect is Effect.DDL and self._open.dml) or (
                verdict.effect is Effect.DML and self._open.ddl
            )
            if mixed:
                raise self._refused(DsqlError("0A000", "ddl and dml are not supported in the same transaction"))
        if parsed.kind == "AlterTableStmt":
            self._require_built(parsed.node)
        return verdict

    def _require_built(self, node: Node) -> None:
        """An index becomes a constraint only after its job is done (record: alters/alter_unique_using_index)."""
        for item in node.get("cmds", ()):
            index = item["AlterTableCmd"].get("def", {}).get("Constraint", {}).get("indexname")
            if index in self._jobs.unwaited:
                raise self._refused(DsqlError("55000", f'index "{index}" is not valid'))

    def _run(self, parsed: Parsed, allowed: Allow) -> Result:
        if allowed.job is not None:
            assert self._open is not None
            result, job = self._jobs.submit(parsed, allowed)
            if job is not None:
                self._open.submitted.append(job)
            return result
        result = self._wire.execute(allowed.sql)
        if parsed.kind == "VariableShowStmt":  # the policy may have made a query of it
            result = replace(result, tag="SHOW")
        if parsed.kind == "CallStmt" or b"sys.jobs" in allowed.sql:
            self._jobs.unwaited.clear()
        return result

    # -- transactions ----------------------------------------------------------------------------------------------

    def _changing(self, allowed: Allow, size: int, run: Callable[[], Result]) -> Result:
        """Run what changes something, in the open transaction or in one of its own."""
        own = self._open is None
        if own:
            self._begin()
        try:
            result = self._guarded(lambda: self._counted(allowed, size, run))
        except ConnectionLost:
            self._open = None
            raise
        except BaseException:  # COPY data come from the caller: what goes wrong there must not leave a transaction open
            if own:
                self._finish(b"ROLLBACK")
            raise
        if own:
            self._finish(b"COMMIT")
        return result

    def _counted(self, allowed: Allow, size: int, run: Callable[[], Result]) -> Result:
        result = run()
        transaction = self._open
        assert transaction is not None
        transaction.ddl |= allowed.effect is Effect.DDL
        transaction.dml |= allowed.effect is Effect.DML
        transaction.size += size
        counted = _COUNTED.match(result.tag)
        transaction.rows += int(counted[1]) if counted else 0
        if transaction.rows > self.target.limit("transaction-rows"):
            raise self._limit("transaction-rows")
        return result

    def _guarded(self, run: Callable[[], Result]) -> Result:
        """An error aborts an open transaction."""
        try:
            return run()
        except DsqlError as error:
            raise self._refused(error) from None
        except ConnectionLost:
            raise
        except BaseException:
            self._abort()
            raise

    def _refused(self, error: DsqlError) -> DsqlError:
        """Note that the open transaction, if there is one, is aborted; returns the error to raise."""
        self._abort()
        return error

    def _abort(self) -> None:
        if self._open is not None and not self._open.failed:
            self._open.failed = True
            self._wire.execute(b"ROLLBACK")

    def _limit(self, name: str) -> DsqlError:
        limit = self.target.limits[name]
        return DsqlError(limit.sqlstate or "54000", limit.message or name)

    def _begin(self) -> None:
        self._wire.execute(b"BEGIN")
        self._open = _Transaction()

    def _control(self, node: Node, allowed: Allow) -> Result:
        if node["kind"] not in _ENDS:
            result = self._wire.execute(allowed.sql)
            if self._open is None:
                self._open = _Transaction()
            return result
        result = self._finish(allowed.sql)
        if node.get("chain"):
            self._open = _Transaction()
        return result

    def _finish(self, sql: bytes) -> Result:
        """COMMIT or ROLLBACK; jobs follow the COMMIT. Raises DsqlError."""
        transaction, self._open = self._open, None
        if transaction is not None and transaction.failed:
            return Result("ROLLBACK")
        if transaction is None:
            return self._wire.execute(sql)
        if transaction.size > self.target.limit("transaction-bytes") and not sql.lower().startswith(b"rollback"):
            self._wire.execute(b"ROLLBACK")
            raise self._limit("transaction-bytes")
        result = self._wire.execute(sql)
        if result.tag == "COMMIT":
            for job in transaction.submitted:
                self._jobs.finish(job)
        else:
            self._jobs.unwaited.clear()
        return result


def _to_client(node: Node) -> bool:
    return not node.get("is_from")


def _controls(statement: bytes) -> bool:
    try:
        return parse(statement).kind == "TransactionStmt"
    except Unparsable:
        return False


def _split(text: bytes) -> Iterator[bytes]:
    """The statements of a message. A body in BEGIN ATOMIC … END has semicolons of its own."""
    start = depth = 0
    for token in tokens(text):
        if token.keyword and token.word in ("atomic", "case"):
            depth += 1
        elif token.keyword and token.word == "end" and depth:
            depth -= 1
        elif token.word == ";" and not depth:
            yield text[start : token.end]
            start = token.end
    if tokens(text[start:]):
        yield text[start:]

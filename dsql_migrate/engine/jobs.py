"""Background jobs: CREATE INDEX ASYNC and ALTER TABLE ASYNC … VALIDATE CONSTRAINT, and their rows in sys.jobs.

Here a job is done before its statement returns. A UNIQUE index that finds duplicates fails its job and stays INVALID
until it is dropped, as in DSQL, and as PostgreSQL's CONCURRENTLY leaves it. In DSQL it goes on refusing new duplicates;
here it does not: PostgreSQL has no such state after a build that failed.
"""

from __future__ import annotations

from dsql_migrate.engine.bootstrap import new_job_id
from dsql_migrate.engine.catalog import dotted, literal
from dsql_migrate.engine.endpoint import DsqlError, Result, Wire
from dsql_migrate.engine.policy import Allow, JobKind
from dsql_migrate.engine.policy.verdict import Name, relation
from dsql_migrate.source.parse import Node, Parsed, tokens

_DUPLICATES = "found duplicate key(s) while validating index uniqueness"
_TAGS = {JobKind.INDEX_BUILD: "CREATE INDEX", JobKind.VALIDATE_CONSTRAINT: "ALTER TABLE"}
# What the data can do wrong, as against what the statement can: duplicates; rows that break a CHECK or a foreign key.
_DATA_ERRORS = frozenset({"23505", "23514", "23503"})


class Jobs:
    """The jobs of one session."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.unwaited: set[str] = set()  # names of indexes whose job nobody has asked about yet

    def run(self, parsed: Parsed, allowed: Allow) -> tuple[Result, list[bytes]]:
        """Run the statement in the open transaction and write the job's row.

        Returns the row with the job's id, and what ``leave_invalid`` has to do after COMMIT. Raises DsqlError where the
        statement itself is wrong; what the data does wrong is the job's failure.
        """
        assert allowed.job is not None
        table = relation(parsed.node["relation"])
        job = new_job_id()
        failure: str | None = None
        later: list[bytes] = []
        self._wire.execute(b"SAVEPOINT dsql_migrate_job")
        try:
            self._wire.execute(allowed.sql)
        except DsqlError as error:
            if error.sqlstate not in _DATA_ERRORS:
                raise
            self._wire.execute(b"ROLLBACK TO SAVEPOINT dsql_migrate_job")
            failure = error.message
            if allowed.job is JobKind.INDEX_BUILD:
                failure = _DUPLICATES
                later.append(_concurrently(allowed.sql))
        self._wire.execute(b"RELEASE SAVEPOINT dsql_migrate_job")
        self._record(job, allowed.job, failure, self._object(parsed, allowed.job, table, failure is None))
        return Result(_TAGS[allowed.job], ("job_id",), ((job,),), 1), later

    def leave_invalid(self, statement: bytes) -> None:
        """Build the index again, so that its failure leaves it behind, INVALID; absent where that cannot be done."""
        self._wire.execute(b"SET statement_timeout = '10s'")  # it waits for every older transaction of the database
        try:
            self._wire.execute(statement)
        except DsqlError:
            pass
        finally:
            self._wire.execute(b"RESET statement_timeout")

    def _object(self, parsed: Parsed, kind: JobKind, table: Name, built: bool) -> tuple[str, str]:
        """SQL for the id and the name of what the job is about."""
        if kind is JobKind.VALIDATE_CONSTRAINT or not built:
            shown = _index_name(parsed.node, table) if kind is JobKind.INDEX_BUILD else ".".join(table)
            return f"to_regclass({literal(dotted(table))})", literal(shown)
        found = self._wire.execute(
            "SELECT i.indexrelid, n.nspname || '.' || c.relname, c.relname FROM pg_index i"
            " JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
            f" WHERE i.indrelid = to_regclass({literal(dotted(table))}) ORDER BY i.indexrelid DESC LIMIT 1"
        )
        ((number, full, name),) = found.rows
        self.unwaited.add(str(name))
        return str(number), literal(str(full))

    def _record(self, job: str, kind: JobKind, failure: str | None, about: tuple[str, str]) -> None:
        status = "completed" if failure is None else "failed"
        details = "NULL" if failure is None else literal(failure)
        self._wire.execute(
            "INSERT INTO sys.jobs VALUES ("
            f"'{job}', '{status}', {details}, '{kind.value}', 'pg_class'::regclass, {about[0]}, {about[1]},"
            " transaction_timestamp(), clock_timestamp())"
        )


def _index_name(node: Node, table: Name) -> str:
    return ".".join((*table[:-1], str(node.get("idxname") or f"{table[-1]}_idx")))


def _concurrently(sql: bytes) -> bytes:
    """CREATE UNIQUE INDEX → CREATE UNIQUE INDEX CONCURRENTLY."""
    word = next(token for token in tokens(sql) if token.word == "index")
    return sql[: word.end] + b" CONCURRENTLY" + sql[word.end :]

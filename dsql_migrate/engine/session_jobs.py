"""The jobs of an ``EngineSession``: each is run as soon as the statement that submitted it is committed."""

from __future__ import annotations

from dsql_migrate.engine.endpoint import Result, Wire
from dsql_migrate.engine.jobs import submission
from dsql_migrate.engine.policy import Allow, JobKind
from dsql_migrate.source.parse import Parsed

_TAGS = {JobKind.INDEX_BUILD: "CREATE INDEX", JobKind.VALIDATE_CONSTRAINT: "ALTER TABLE"}


class SessionJobs:
    """The jobs of one session. It has no other sessions beside it that could be in the way of a job."""

    def __init__(self, wire: Wire, superuser: str) -> None:
        """``wire`` is the session's connection, ``superuser`` the connection string for the jobs themselves."""
        self._wire = wire
        self._superuser = superuser
        self.unwaited: set[str] = set()  # names of indexes whose job nobody has asked about yet

    def submit(self, parsed: Parsed, allowed: Allow) -> tuple[Result, str | None]:
        """Run the statement in the open transaction; returns its result and the job to ``finish`` after COMMIT.

        Raises DsqlError where the statement itself is wrong; what the data does wrong is the job's failure.
        """
        assert allowed.job is not None
        for statement in submission(parsed, allowed):
            result = self._wire.execute(statement)
        job = result.rows[0][0]
        if job is not None and allowed.job is JobKind.INDEX_BUILD:
            found = self._wire.execute(
                f"SELECT c.relname FROM sys.jobs j JOIN pg_class c ON c.oid = j.object_id WHERE j.job_id = '{job}'"
            )
            self.unwaited.add(str(found.rows[0][0]))
        return Result(_TAGS[allowed.job], result.columns, result.rows, 1), job

    def finish(self, job: str) -> None:
        """Run a job whose submission is committed."""
        worker = Wire(self._superuser)
        try:
            worker.execute("SET default_transaction_isolation = 'read committed'")
            worker.execute(f"SELECT pg_dsql.run_job('{job}')")
        finally:
            worker.close()

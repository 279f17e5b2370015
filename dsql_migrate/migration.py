"""The main job: rewrite a dump, try and apply it on the reference engine, compare with the source, report."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from dsql_migrate.errors import Failure
from dsql_migrate.inputs import Given
from dsql_migrate.made_bundle import findings_of_bundle, read_ledger
from dsql_migrate.rewrite.decisions import Decisions, check_decisions
from dsql_migrate.rewrite.objects.plain_functions import OTHER_RESULT
from dsql_migrate.rewrite.objects.privileges import roles_of
from dsql_migrate.rewrite.plan import dotted
from dsql_migrate.rewrite.planning import make_plan
from dsql_migrate.rewrite.rows.writing import ROW_RULES, Totals
from dsql_migrate.rewrite.run import Rewritten, numeric_use, read_input, write_bundle
from dsql_migrate.rewrite.writing.bundle import check_place, new_bundle, write_json
from dsql_migrate.target import Target, load_target

if TYPE_CHECKING:
    from dsql_migrate.apply import ApplyResult
    from dsql_migrate.engine.endpoint import Endpoint
    from dsql_migrate.engine.local import LocalDsql
    from dsql_migrate.engine.postgres.server import Server
    from dsql_migrate.report.model import Report
    from dsql_migrate.rewrite.decisions.questions import Came
    from dsql_migrate.rewrite.forms import NumericUses
    from dsql_migrate.rewrite.objects.output_types import Shown
    from dsql_migrate.rewrite.plan import Plan
    from dsql_migrate.rewrite.reading import Script
    from dsql_migrate.verify.expect import Expectations
    from dsql_migrate.verify.functions_alike import Alike
    from dsql_migrate.verify.loaded import LoadReport


_CLOCK = 1.1  # seconds


class Ask(Protocol):
    """How somebody is asked: what comes up by given decisions, the decisions so far, the target; what holds then."""

    def __call__(self, comes_up: Callable[[Decisions], Came], decisions: Decisions, target: Target) -> Decisions: ...


@dataclass(frozen=True, slots=True)
class Watcher:
    """What is told while the job runs. ``stage`` starts one and gives back (advance, done)."""

    stage: Callable[[str, int | None, str, str], tuple[Callable[[int], None], Callable[[str], None]]]


def silent() -> Watcher:
    """Nobody watches."""
    return Watcher(lambda *_: (lambda _n: None, lambda _t: None))


@dataclass(slots=True)
class Migrated:
    """The outcome: ``ok`` where everything was understood, applied and compared equal."""

    ok: bool
    report: Report
    ledger: dict[str, Any]
    verification: dict[str, Any]
    findings: list[dict[str, Any]] = field(default_factory=list)


def migrate(
    given: str | Given,
    out: Path,
    *,
    as_of: date | None = None,
    decisions: Decisions | None = None,
    force: bool = False,
    watcher: Watcher | None = None,
    ask: Ask | None = None,
    languages: Sequence[str] = ("python",),
) -> Migrated:
    """The whole job for one input: a path, or what is ``Given``.

    The bundle is in ``out`` only when all of it is written. ``ask`` is called before anything is: with a function that
    says which choices come up by given decisions, with the decisions so far, and the target; it gives back what holds.

    Raises Failure where it could not be done. A bundle that does not verify is written too, and says so.
    """
    watch, began = watcher or silent(), time.monotonic()
    check_place(out, force=force)
    target, decided = load_target(as_of), decisions or Decisions()
    check_decisions(decided, target)
    script = read_input(given, decided, target, watch.stage)
    try:
        numeric = numeric_use(script)  # reads all rows of some tables: once
        if ask is not None:
            decided = ask(lambda d: make_plan(script, target, d, numeric=numeric)[0].taken, decided, target)
            check_decisions(decided, target)
        with new_bundle(out, force=force) as folder, _servers(script, target) as servers:
            job = _Job(script, target, decided, folder, servers, watch, numeric, languages)
            return job.run(began)
    finally:
        script.source.close()


def verify(bundle: Path, source: str | None = None, *, watcher: Watcher | None = None) -> Migrated:
    """Replay the source of a bundle and the bundle as it stands in its folder, compare, and renew proofs and reports.

    ``source``: the input, where it is no longer where the ledger says. Raises Failure where it is another input.
    """
    watch, began = watcher or silent(), time.monotonic()
    ledger = read_ledger(bundle / "ledger.json")
    given = Given.again(ledger["source"], source)
    target, decided = load_target(date.fromisoformat(ledger["as_of"])), Decisions.from_json(ledger["decisions"])
    script = read_input(given, decided, target, watch.stage)
    try:
        if script.source.sha256 != ledger["source"]["sha256"]:
            raise Failure(f"{given.path} is not what {bundle} was made from", hint="name that input with --source")
        shown = {id: tuple(map(tuple, columns)) for id, columns in ledger.get("shown", {}).items()}
        plan, stubs = make_plan(
            script, target, decided, excluded=ledger["refused"], numeric=numeric_use(script), shown=shown
        )
        rewritten = Rewritten(plan, ledger, Totals(), stubs)
        with _servers(script, target) as servers:
            job = _Job(script, target, decided, bundle, servers, watch)
            applied, dsn = job.apply(rewritten)
            loaded = job.load()
            alike = job._functions(loaded, rewritten, applied, dsn)
            verification = job.compare(rewritten, applied, dsn, loaded, alike)
            return job.conclude(rewritten, findings_of_bundle(bundle), verification, began)
    finally:
        script.source.close()


@dataclass(slots=True)
class _Servers:
    """The engine's PostgreSQL (16), a local DSQL in front of it, and the server for the source, which may be newer."""

    engine: Server
    source: Server
    target: Target
    open: contextlib.ExitStack
    _dsql: LocalDsql | None = None

    @property
    def dsql(self) -> LocalDsql:
        """The local DSQL; started when it is first asked for."""
        from dsql_migrate.engine.local import LocalDsql

        if self._dsql is None:
            self._dsql = self.open.enter_context(LocalDsql(self.target.as_of, server=self.engine, job_seconds=0))
        return self._dsql

    def endpoint(self, database: str) -> Endpoint:
        """A connection to a database of the local DSQL."""
        from dsql_migrate.engine.endpoint import PsycopgEndpoint

        return PsycopgEndpoint(self.dsql.dsn(database))


@contextlib.contextmanager
def _servers(script: Script, target: Target) -> Iterator[_Servers]:
    from dsql_migrate.engine.postgres.binaries import find_postgres
    from dsql_migrate.engine.postgres.server import Server
    from dsql_migrate.verify.load import wanted_version

    wanted = wanted_version(script.source.read(0, 1 << 14))
    with contextlib.ExitStack() as stack:
        engine = stack.enter_context(Server(find_postgres((16,))))
        source = engine
        if wanted != engine.installation.major:
            newer = find_postgres((wanted,))
            if newer.major != engine.installation.major:
                source = stack.enter_context(Server(newer))
        yield _Servers(engine, source, target, stack)


@dataclass(slots=True)
class _Job:
    script: Script
    target: Target
    decisions: Decisions
    folder: Path
    servers: _Servers
    watch: Watcher
    numeric: NumericUses = field(default_factory=dict)
    languages: Sequence[str] = ("python",)  # of the stubs
    shown: dict[str, Shown] = field(default_factory=dict)

    def run(self, began: float) -> Migrated:
        """The whole job."""
        refused, self.shown = self._trial()
        rewritten, applied, target_dsn = self._applied(refused)
        loaded = self.load()
        alike = self._functions(loaded, rewritten, applied, target_dsn)
        while any(found.differs for found in alike.values()):
            refused |= {id: f"{OTHER_RESULT}: {found.why}" for id, found in alike.items() if found.differs}
            rewritten, applied, target_dsn = self._applied(refused)
            alike = self._functions(loaded, rewritten, applied, target_dsn)
        verification = self.compare(rewritten, applied, target_dsn, loaded, alike)
        return self.conclude(rewritten, self._findings(rewritten), verification, began)

    def conclude(
        self, rewritten: Rewritten, findings: list[dict[str, Any]], verification: dict[str, Any], began: float
    ) -> Migrated:
        """Write what came out of it, and the reports."""
        from dsql_migrate.report import build, write_report
        from dsql_migrate.rewrite.writing.readme import readme

        ledger = rewritten.ledger
        run = {"seconds": round(time.monotonic() - began, 3), "date": date.today().isoformat()}
        write_json(self.folder / "ledger.json", ledger)
        write_json(self.folder / "findings.json", findings)
        write_json(self.folder / "verification.json", verification | {"run": run})
        report = build(ledger, verification, findings, run)
        for name in ("report.html", "report.md", "report.json"):
            write_report(report, self.folder / name, force=True)
        troubles = [finding for finding in findings if finding["code"] in ROW_RULES]
        page = readme(ledger, rewritten.plan.taken.values(), rewritten.plan.target, self.folder, troubles, verification)
        (self.folder / "README.md").write_text(page, encoding="utf-8", errors="replace")
        damaged = bool(troubles)
        ok = bool(verification["ok"]) and not ledger["totals"]["unknown"] and not damaged
        return Migrated(ok, report, ledger, verification, findings)

    def _applied(self, refused: dict[str, str]) -> tuple[Rewritten, ApplyResult, str]:
        """The bundle, written and applied.

        Written again without a key that came up from partitions and does not hold.
        """
        while True:
            rewritten = self._write(refused)
            result, target_dsn = self.apply(rewritten)
            guilty = self._too_strict(result, refused)
            if guilty is None:
                return rewritten, result, target_dsn
            refused[guilty] = "rows of a partition that had no such key do not satisfy it"

    def _too_strict(self, result: ApplyResult, refused: dict[str, str]) -> str | None:
        if result.failure is None or "VALIDATE CONSTRAINT" not in result.failure.statement:
            return None
        for id in self.script.stricter:
            if id not in refused and result.failure.message.find(f'"{id.rpartition(".")[2]}"') >= 0:
                return id
        return None

    def _trial(self) -> tuple[dict[str, str], dict[str, Shown]]:
        from dsql_migrate.verify.trial import Trial, run_trial

        trial = Trial(self.script, self.target, self.decisions, self.numeric)
        refused = run_trial(trial, lambda: self.servers.endpoint(self.servers.dsql.new_database()))
        return refused, trial.shown

    def _write(self, refused: dict[str, str]) -> Rewritten:
        advance, done = self.watch.stage("Rewriting", self.script.source.size, "bytes", "")
        found = write_bundle(
            self.script,
            self.target,
            self.decisions,
            self.folder,
            numeric=self.numeric,
            shown=self.shown,
            excluded=refused,
            progress=advance,
            languages=self.languages,
        )
        counts = {k: sum(e["kind"] == k for e in found.ledger["entries"]) for k in ("table", "constraint", "index")}
        done(f"{counts['table']} tables, {counts['constraint']} keys and constraints, {counts['index']} indexes")
        return found

    def apply(self, rewritten: Rewritten) -> tuple[ApplyResult, str]:
        """Apply the bundle to a fresh database of the engine; the outcome and the superuser's DSN of the database."""
        from dsql_migrate.apply import apply_bundle
        from dsql_migrate.engine.databases.bootstrap import make_roles

        advance, done = self.watch.stage("Replaying", rewritten.ledger["source"]["rows"], "rows", "")
        database = self.servers.dsql.new_database()
        dsn = self.servers.engine.dsn(database)
        make_roles(dsn, roles_of(rewritten.plan))  # as on a cluster where a person has made them
        endpoint = self.servers.endpoint(database)
        rows = 0

        def told(progress: Any) -> None:
            nonlocal rows
            advance(progress.rows - rows)
            rows = progress.rows

        try:
            result = apply_bundle(self.folder, endpoint, journal=False, progress=told)
        finally:
            endpoint.close()
        done(f"{result.rows:,} rows, {result.jobs} jobs" if result.ok else str(result.failure))
        return result, dsn

    def _findings(self, rewritten: Rewritten) -> list[dict[str, Any]]:
        from dsql_migrate.findings import decision_findings, findings_of, refused_statements, row_findings

        found = [*findings_of(self.script, self.target), *decision_findings(rewritten.plan)]
        troubles = [*refused_statements(self.script), *rewritten.totals.troubles]
        return found + row_findings(self.script, self.target, troubles)

    def load(self) -> tuple[str, LoadReport]:
        """Load the source into a plain PostgreSQL; the database's DSN and what came of it."""
        from dsql_migrate.verify.load import load
        from dsql_migrate.verify.refresh import refresh_views

        source_dsn = self.servers.source.create_database("source")
        advance, done = self.watch.stage("Loading", self.script.source.size, "bytes", "the source")
        passed = 0

        def told(at: int, _total: int) -> None:
            nonlocal passed
            advance(at - passed)
            passed = at

        report = load(self.script.source, source_dsn, progress=told)
        refresh_views(source_dsn)
        done(f"{report.statements:,} statements into PostgreSQL {report.server}")
        return source_dsn, report

    def _functions(
        self, loaded: tuple[str, LoadReport], rewritten: Rewritten, applied: ApplyResult, target_dsn: str
    ) -> dict[str, Alike]:
        """Run the functions that were put into SQL beside the source's own."""
        from dsql_migrate.verify.functions_alike import compare_functions

        if not applied.ok or not rewritten.plan.in_sql:
            return {}
        return compare_functions(loaded[0], target_dsn, rewritten.plan)

    def compare(
        self, rewritten: Rewritten, applied: ApplyResult, target_dsn: str, loaded: tuple[str, LoadReport],
        alike: dict[str, Alike],
    ) -> dict[str, Any]:  # fmt: skip
        """Compare with the source; puts the proofs into the ledger. ``alike``: what running functions showed."""
        from dsql_migrate.verify.compare import compare, proofs
        from dsql_migrate.verify.labels import enter_proofs, proved_by_made
        from dsql_migrate.verify.promises import promises

        source_dsn, report = loaded
        expectations = promises(rewritten.plan, rewritten.ledger)
        verification = compare(source_dsn, target_dsn, rewritten.ledger, expectations, report, self._load_again)
        verification["unproved"] += [
            {"object": f"{part.kind}:{part.name}", "reason": part.reason}
            for part in self.script.source.untranslated
            if part.kind == "translation"
        ]
        _with_application(verification, applied)
        plan = rewritten.plan
        homes = {dotted(key): dotted(plan.place(plan.root(key))) for key in plan.catalogue.tables}
        made = self._made(source_dsn, target_dsn, plan, expectations, report, verification) if applied.ok else {}
        run = proved_by_made(verification, made, homes) | {id: found.proof for id, found in alike.items()}
        enter_proofs(rewritten.ledger, proofs(verification, expectations) | run, verification, homes)
        return verification

    def _made(
        self, source_dsn: str, target_dsn: str, plan: Plan, expectations: Expectations, report: LoadReport,
        verification: dict[str, Any],
    ) -> dict[str, int]:  # fmt: skip
        """Prove the tables without rows with made ones; how many, by table of the target."""
        from psycopg.conninfo import conninfo_to_dict

        from dsql_migrate.verify.made import prove

        _, done = self.watch.stage("Proving", None, "rows", "tables without rows")
        database = str(conninfo_to_dict(target_dsn)["dbname"])
        made = prove(
            source_dsn, target_dsn, lambda: self.servers.endpoint(database), plan, expectations, report, verification
        )
        told = f"{sum(made.values()):,} made rows in {len(made):,} tables without rows"
        done(told if made else "no made rows are needed")
        return made

    def _load_again(self) -> str:
        """The source once more, without the code in it; the database's DSN.

        A later second than at the first load: what the script takes from the clock may be whole seconds.
        """
        from dsql_migrate.verify.load import load

        time.sleep(_CLOCK)
        dsn = self.servers.source.create_database("source_without_code")
        load(self.script.source, dsn, code=False)
        return dsn


def _with_application(verification: dict[str, Any], result: ApplyResult) -> None:
    """Whether the bundle applied at all is the first check."""
    failure = str(result.failure) if result.failure is not None else ""
    check = {
        "name": "applied",
        "ok": result.ok,
        "detail": failure or f"{result.done} steps, {result.rows:,} rows, {result.jobs} jobs",
        "counts": {"steps": result.done, "rows": result.rows, "jobs": result.jobs, "retries": result.retries},
        "objects": [],
    }
    verification["checks"].insert(0, check)
    verification["ok"] = bool(verification["ok"]) and result.ok

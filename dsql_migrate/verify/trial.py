"""A trial of a plan's DDL on the engine, without rows: what the engine refuses is taken out of the bundle and told.

The rewrite decides by rules; whether a view, a function body or an expression works on DSQL only a server can say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dsql_migrate.engine.databases.catalog import literal
from dsql_migrate.rewrite.decisions import Decisions
from dsql_migrate.rewrite.forms import NumericUses
from dsql_migrate.rewrite.objects.output_types import Shown
from dsql_migrate.rewrite.plan import Item, Plan
from dsql_migrate.rewrite.planning import make_plan
from dsql_migrate.rewrite.quoting import identifier
from dsql_migrate.rewrite.reading import Script
from dsql_migrate.rewrite.writing.order import ordered
from dsql_migrate.target import Target
from dsql_migrate.verify.shown_columns import columns_of_views

if TYPE_CHECKING:
    from dsql_migrate.engine.endpoint import Endpoint

ROUNDS = 12
LATE = 90  # comments, owners, grants: they fall with what they speak of, never by themselves
MOST_PARTS = 60  # defaults and checks of one table or domain that are tried one by one
MOST_PLANNED = 100_000  # items planned for such trials in all: a whole plan is made for each, so it grows as n * n
_PARTS = ("default:", "constraint:")  # what a CREATE TABLE or CREATE DOMAIN can do without


@dataclass(slots=True)
class Trial:
    """What is being rewritten, and what the engine has refused of it so far: ledger id -> its answer."""

    script: Script
    target: Target
    decisions: Decisions
    numeric: NumericUses
    refused: dict[str, str] = field(default_factory=dict)
    shown: dict[str, Shown] = field(default_factory=dict)  # by ledger id: columns of views that are to be tables
    planned: int = 0  # items of the plans made for trying parts of tables

    def plan(self, refused: Mapping[str, str] | None = None) -> Plan:
        """The plan without what is refused."""
        wanted = self.refused if refused is None else refused
        return make_plan(
            self.script, self.target, self.decisions, excluded=wanted, numeric=self.numeric, shown=self.shown
        )[0]


def run_trial(trial: Trial, fresh: Callable[[], Endpoint], say: Callable[[str], None] | None = None) -> dict[str, str]:
    """Ledger ids that the engine refuses, each with its answer. ``fresh`` gives an endpoint to an empty database.

    Of a table or domain that is refused, its defaults and checks are tried one by one, and only the guilty ones fall.
    """
    for _ in range(ROUNDS):
        endpoint, before = fresh(), dict(trial.shown)
        try:
            new = _round(trial, endpoint)
        finally:
            endpoint.close()
        if not new and trial.shown == before:
            break
        trial.refused |= new
        if say is not None:
            say(f"{len(trial.refused)} refused so far")
    return trial.refused


def _round(trial: Trial, endpoint: Endpoint) -> dict[str, str]:
    """Run the plan's DDL and the statements among its rows once; what is refused by its own fault."""
    plan = trial.plan()
    found: dict[str, str] = {}
    missing: set[str] = set()
    late: dict[str, str] = {}
    path: tuple[str, ...] = ("public",)
    for item in _items(plan):
        wanted = tuple(s for s in item.search_path if s != "pg_catalog")
        if wanted and wanted != path:
            _answer(endpoint, f"SET search_path = {', '.join(identifier(s) for s in wanted)}".encode())
            path = wanted
        answer = _answer(endpoint, _statement(item.sql))
        if answer is None or not item.ids:
            continue
        if item.rank >= LATE:
            late[item.ids[0]] = answer
        elif item.needs & missing:
            missing |= item.provides  # it falls with what it needs; the next round sees it without
        else:
            parts = [id for id in item.ids if id.startswith(_PARTS)]
            guilty = _guilty(trial, endpoint, item, parts) if item.ids[0].startswith(("table:", "domain:")) else []
            found |= dict.fromkeys(guilty or [item.ids[0]], answer)
            if not guilty:
                missing |= item.provides
    trial.shown |= columns_of_views(plan, endpoint)
    return found or ({} if missing else late)


def _items(plan: Plan) -> list[Item]:
    among = [plan.data[n] for n in sorted(plan.data) if any(i.startswith("statement:") for i in plan.data[n].ids)]
    return [*ordered(plan.pre), *among, *sorted(plan.post, key=lambda i: (i.rank, i.statement))]


def _answer(endpoint: Endpoint, sql: bytes) -> str | None:
    """The engine's refusal, if it refuses; the job of an ASYNC statement is waited for."""
    from dsql_migrate.engine.endpoint import DsqlError

    try:
        result = endpoint.execute(sql)
        if result.columns == ("job_id",) and result.rows[0][0] is not None:
            # What comes after may need the index; and a job that ends meanwhile would fail it with OC001.
            endpoint.execute(f"CALL sys.wait_for_job({literal(result.rows[0][0])})")
    except DsqlError as error:
        return f"{error.sqlstate} {error.message}"
    return None


def _statement(sql: bytes) -> bytes:
    """The SQL of an item without the psql lines that wait for its job, or run what it gives."""
    at = sql.find(b" \\gset\nCALL sys.wait_for_job")
    return sql.removesuffix(b"\\gexec") if at < 0 else sql[:at]


def _guilty(trial: Trial, endpoint: Endpoint, item: Item, parts: list[str]) -> list[str]:
    """Those defaults and checks of a refused table without which it is accepted; it is left made without them."""
    if (
        not parts
        or len(parts) > MOST_PARTS
        or trial.planned > MOST_PLANNED
        or not _accepted(trial, endpoint, item, parts)
    ):
        return []
    _drop(trial, endpoint, item)
    guilty = []
    for part in parts:
        if _accepted(trial, endpoint, item, [p for p in parts if p != part]):
            _drop(trial, endpoint, item)
        else:
            guilty.append(part)
    _accepted(trial, endpoint, item, guilty)
    return guilty


def _accepted(trial: Trial, endpoint: Endpoint, item: Item, without: list[str]) -> bool:
    plan = trial.plan({**trial.refused, **dict.fromkeys(without, "")})
    trial.planned += len(plan.pre) + len(plan.post)
    found = next((i for i in plan.pre if i.ids[:1] == item.ids[:1]), None)
    return found is not None and _answer(endpoint, found.sql) is None


def _drop(trial: Trial, endpoint: Endpoint, item: Item) -> None:
    kind, _, place = item.ids[0].partition(":")
    schema, _, name = place.partition(".")
    _answer(endpoint, f"DROP {kind.upper()} {identifier(schema)}.{identifier(name)}".encode())

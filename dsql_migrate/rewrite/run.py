"""The whole rewrite of one input: read, plan, write. Streaming: memory grows with the schema, not with the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from dsql_migrate.errors import InputError
from dsql_migrate.inputs import Given, open_given
from dsql_migrate.inputs.given import Stage
from dsql_migrate.rewrite.data.copy_format import spec_of
from dsql_migrate.rewrite.data.shapes import NumericShape, insert_shapes, row_statistics
from dsql_migrate.rewrite.data.sound import sound_rows
from dsql_migrate.rewrite.decisions import Decisions, check_decisions, choices_taken
from dsql_migrate.rewrite.decisions.writing import write_decisions
from dsql_migrate.rewrite.forms import NumericUse, NumericUses, numeric_columns
from dsql_migrate.rewrite.objects.output_types import Shown
from dsql_migrate.rewrite.objects.plain_functions import UNPROVED
from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.rewrite.planning import make_plan
from dsql_migrate.rewrite.reading import Script, insert_pieces, read_script
from dsql_migrate.rewrite.rows.writing import Totals
from dsql_migrate.rewrite.tables.absent import plan_rows
from dsql_migrate.rewrite.writing.bundle import new_bundle, write_json, write_sql
from dsql_migrate.rewrite.writing.refreshes import write_refreshes
from dsql_migrate.schema.model import Key, TableConstraint
from dsql_migrate.source.include import Refused, expand
from dsql_migrate.source.open import Source
from dsql_migrate.target import Target, load_target


@dataclass(slots=True)
class Rewritten:
    """What a rewrite leaves in memory beside the bundle on disk."""

    plan: Plan
    ledger: dict[str, Any]
    totals: Totals
    stubs: list[TableConstraint] = field(default_factory=list)


def read_input(given: str | Given, decided: Decisions, target: Target, stage: Stage | None = None) -> Script:
    """Open and read one input, its includes in place. ``stage`` shows how far it is.

    Raises InputError where it holds no statement at all, and Failure where it cannot be had.
    """
    given = Given.of(given)
    source = open_given(given, stage, lambda key, id: decided.take(key, id, target).option)
    advance, done = stage("Reading", source.size, "bytes", given.label) if stage else (None, None)
    try:
        source, refused = expand(source)
        script = read_script(source, progress=advance)
        _tell_refused(script, refused)
    except BaseException:
        source.close()
        raise
    if done:
        done("")
    if script.count == 0:
        source.close()
        if source.untranslated:
            first, more = source.untranslated[0], len(source.untranslated) - 1
            others = f" (and {more:,} more)" if more else ""
            raise InputError(f"{first.file}:{first.line}: {first.reason}{others}", "nothing of the input could be read")
        what = "is empty" if source.size == 0 else "holds no SQL statement"
        raise InputError(f"{source.label} {what}", hint="give a pg_dump (plain, -Fc, -Fd, -Ft) or a SQL script")
    return script


def _tell_refused(script: Script, refused: tuple[Refused, ...]) -> None:
    """Why an include was not followed, with its line."""
    reasons = {(r.label, r.line): r.why for r in refused}
    for statement in script.statements if reasons else ():
        piece = statement.piece
        if statement.fact is None:
            why = reasons.get(script.source.place(piece.start + piece.body, statement.line))
            if why is not None:
                script.left_out[statement.number] = why


def numeric_use(script: Script) -> dict[tuple[Key, str], NumericUse]:
    """What the COPY rows hold in bare numeric columns, so that their new type holds every digit."""
    found: dict[tuple[Key, str], NumericUse] = {}
    bare = {
        t.key: numeric_columns(script.catalogue, {n: c.type for n, c in t.columns.items()})
        for t in script.catalogue.tables.values()
    }
    for block in script.blocks:
        wanted = bare.get(block.table.key, []) if block.table is not None else []
        if not wanted or block.table is None:
            continue
        names = block.copy.columns or tuple(n for n, c in block.table.columns.items() if c.generated is None)
        places = {names.index(n): n for n in wanted if n in names}
        if not places:
            continue
        try:
            spec = spec_of(block.copy)
            rows = (block.file or script.source).chunks(block.start, block.end)
            sound = sound_rows(rows, spec, len(names), lambda *_: None, truncated=block.truncated)
            statistics = row_statistics(sound, spec.without_header(), tuple(places))
        except ValueError:
            continue  # the rows are damaged: writing them says where
        for index, name in places.items():
            use = statistics.shapes[index]
            old = found.get((block.table.key, name), NumericUse())
            found[(block.table.key, name)] = _widened(old, use)
    _numbers_in_inserts(script, bare, found)
    return found


def _numbers_in_inserts(
    script: Script, bare: Mapping[Key, list[str]], found: dict[tuple[Key, str], NumericUse]
) -> None:
    for run in script.runs:
        if not any(bare.get(table.key) for table in run.tables.values()):
            continue
        for piece, fact in insert_pieces(script, run):
            table = run.tables.get((fact.table.schema, fact.table.name)) if fact else None
            wanted = bare.get(table.key, []) if table else []
            if fact is None or table is None or not wanted:
                continue
            try:
                shapes = insert_shapes(piece.sql, fact, tuple(table.columns), wanted)
            except ValueError:
                continue
            for name, use in shapes.items():
                old = found.get((table.key, name), NumericUse())
                found[(table.key, name)] = _widened(old, use)


def _widened(old: NumericUse, use: NumericShape) -> NumericUse:
    return NumericUse(
        max(old.integer_digits, use.integer_digits), max(old.scale, use.scale), old.infinite or use.infinite
    )


def write_bundle(
    script: Script,
    target: Target,
    decisions: Decisions,
    folder: Path,
    *,
    numeric: NumericUses,
    shown: Mapping[str, Shown] | None = None,
    excluded: Mapping[str, str] | None = None,
    progress: Callable[[int], None] | None = None,
    languages: Sequence[str] = ("python",),
) -> Rewritten:
    """Everything of a bundle that needs no engine, into an existing folder.

    ``numeric``: see ``numeric_use``. ``shown``: columns of views, asked of the engine.
    """
    from dsql_migrate.findings import refused_statements, row_findings
    from dsql_migrate.rewrite.application.writing import write_application
    from dsql_migrate.rewrite.writing.readme import readme
    from dsql_migrate.rewrite.writing.sightings import sightings
    from dsql_migrate.stubs.patterns import write_patterns

    plan, stubs = make_plan(script, target, decisions, excluded=excluded, numeric=numeric, shown=shown)
    source = script.source
    totals = write_sql(plan, folder, Path(source.label).name, progress)
    plan_rows(plan, totals.rows, totals.converted)
    write_application(plan, stubs, folder, languages)
    write_patterns(sightings(plan), target, folder)
    write_refreshes(plan, folder)
    ledger = plan.ledger.as_json(target.as_of, source_facts(script, totals))
    ledger |= {"decisions": decisions.as_json(), "choices": choices_taken(plan.taken.values())}
    ledger["refused"] = dict(sorted((excluded or {}).items()))
    if shown:
        ledger["shown"] = {id: [list(column) for column in columns] for id, columns in sorted(shown.items())}
    write_json(folder / "ledger.json", ledger)
    write_decisions(plan.taken.values(), decisions, target, folder / "decisions.yaml")
    troubles = row_findings(script, target, [*refused_statements(script), *totals.troubles])
    page = readme(ledger, plan.taken.values(), target, folder, troubles)
    (folder / "README.md").write_text(page, encoding="utf-8", errors="replace")
    return Rewritten(plan, ledger, totals, stubs)


def source_facts(script: Script, totals: Totals) -> dict[str, Any]:
    """What the ledger says of its source."""
    source: Source = script.source
    return source.about | {
        "path": source.label,
        "sha256": source.sha256,
        "statements": script.count,
        "copy_blocks": len(script.blocks),
        "rows": sum(totals.rows.values()),
    }


def rewrite(
    given: str | Given,
    out: Path,
    *,
    as_of: date | None = None,
    decisions: Decisions | None = None,
    force: bool = False,
    stage: Stage | None = None,
    languages: Sequence[str] = ("python",),
) -> Rewritten:
    """Rewrite one input (a path, or what is ``Given``) to a bundle in ``out``.

    Nothing is run: a function in PL/pgSQL becomes none in SQL, unless that was asked for.
    Raises Failure (InputError for the input) and leaves nothing half-written.
    """
    from dsql_migrate.rewrite.writing.bundle import check_place

    check_place(out, force=force)
    target, decided = load_target(as_of), decisions or Decisions()
    check_decisions(decided, target)
    script = read_input(given, decided, target, stage)
    try:
        with new_bundle(out, force=force) as folder:
            numeric = numeric_use(script)
            unproved = _unproved(script, target, decided, numeric)
            return write_bundle(
                script, target, decided, folder, numeric=numeric, excluded=unproved, languages=languages
            )
    finally:
        script.source.close()


def _unproved(script: Script, target: Target, decided: Decisions, numeric: NumericUses) -> dict[str, str]:
    """Functions in PL/pgSQL that may be queries at heart, where nobody asked for them: that is proved by a run."""
    key = "plpgsql-functions"
    if decided.for_all(key) or not any(r.language == "plpgsql" for r in script.catalogue.routines.values()):
        return {}
    plan, _ = make_plan(script, target, decided, numeric=numeric)
    return {id: f"{UNPROVED}: `migrate` tries it" for id in plan.in_sql if key not in decided.objects.get(id, {})}

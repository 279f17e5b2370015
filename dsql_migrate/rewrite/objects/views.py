"""Views, and materialized views as views or as tables."""

from __future__ import annotations

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.objects.stored_views import as_stored, into_of, refreshed, stored_items, without_data
from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.rewrite.quoting import qualified
from dsql_migrate.rewrite.reach import needs_of, view_id
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.rewrite.statements.taking import item_of, take_out
from dsql_migrate.schema.model import View
from dsql_migrate.source.facts import CreateView, Other, Span
from dsql_migrate.source.lexemes import lexemes

_AS_VIEW = "a view: it shows what its query finds at each reading"


def view_item(plan: Plan, view: View) -> None:
    """Enter a view; it comes along where all it reads does."""
    id = view_id(view)
    kind, name = id.split(":", 1)
    statement = plan.statements[view.place.statement]
    reason = plan.lost.get(id)
    if reason is not None:
        take_out(plan, kind, name, statement, "application", reason, "DSQL505" if view.materialized else "DSQL520")
        return
    followed = plan.followed[id]
    edits = Edits()
    edits.take(followed.edits)
    reasons = [followed.reason] if followed.changes else []
    fact, stored = statement.fact, plan.stored.get(view.key)
    unnamed = isinstance(fact, CreateView) and fact.name.schema is None and plan.place(view.key) != view.key
    if isinstance(fact, CreateView) and stored is not None:
        edits.replace(fact.name.span, qualified(stored.query))
    elif isinstance(fact, CreateView) and (unnamed or fact.name.name != view.key[1]):
        edits.replace(fact.name.span, qualified(plan.place(view.key) if unnamed else view.key))
    if view.materialized:
        _as_view(edits, statement)
        reasons.insert(0, as_stored(plan, stored) if stored is not None else _as_decided(plan, view))
    plan.note(
        kind,
        name,
        statement.line,
        "rewritten" if followed.edits or view.materialized else "kept",  # what is only said of it changes nothing
        "; ".join(reasons),
        rule="DSQL505" if view.materialized else followed.rule,
        into=("pre-data.sql",) if stored is None else into_of(plan, stored),
    )
    needs = needs_of(plan, view.query, statement.number) - {f"relation:{name}"}
    text = edits.apply(statement.piece.text, 0, statement.piece.stop)
    if stored is None:
        plan.pre.append(item_of(statement, text, (id,), provides=f"relation:{name}", needs=needs))
        return
    query = item_of(statement, text, (id,), provides=f"relation:{dotted(stored.query)}", needs=needs)
    plan.pre += stored_items(plan, stored, query)


def _as_decided(plan: Plan, view: View) -> str:
    why = plan.unstored.get(view.key)
    return f"{_AS_VIEW}; not a table, as decided: {why}" if why else _AS_VIEW


def _as_view(edits: Edits, statement: Statement) -> None:
    """CREATE MATERIALIZED VIEW [IF NOT EXISTS] n [(…)] [USING m] [WITH (…)] [TABLESPACE t] AS q [WITH [NO] DATA]."""
    fact, text = statement.fact, statement.piece.text
    assert isinstance(fact, CreateView)
    words, starts, ends = lexemes(text)
    at = words.index("materialized")
    edits.delete(Span(starts[at], ends[at]), text)
    if words[at + 2 : at + 5] == ["if", "not", "exists"]:
        edits.delete(Span(starts[at + 2], ends[at + 4]), text)
    behind = next(i for i, start in enumerate(starts) if start >= fact.name.span.end)
    if words[behind] == "(":
        behind = words.index(")", behind) + 1
    query = next(i for i, start in enumerate(starts) if start >= fact.query.span.start)
    as_ = max(i for i in range(behind, query) if words[i] == "as")
    if as_ > behind:
        edits.delete(Span(starts[behind], ends[as_ - 1]), text)
    if fact.query.span.end < ends[-1]:
        edits.cut(Span(starts[next(i for i, s in enumerate(starts) if s >= fact.query.span.end)], ends[-1]), text)


def refresh(plan: Plan, statement: Statement, fact: Other) -> None:
    """REFRESH MATERIALIZED VIEW: a view needs none; of a table it is a script."""
    stored = plan.stored.get(refreshed(plan, statement, fact) or ("", ""))
    if stored is not None:
        into = into_of(plan, stored)[-1 if without_data(statement) else 1 :]
        said = "it is left empty" if without_data(statement) else "it is filled behind the load"
        plan.note("statement", f"RefreshMatView {fact.name}", statement.line, "rewritten", f"{said}; {into[-1]} brings "
                  "it up to date", rule="DSQL505", suffix=f"@{statement.line}", into=into)  # fmt: skip
        return
    reason = "a view shows what its query finds at each reading"
    plan.note("statement", f"RefreshMatView {fact.name}", statement.line, "dropped", reason, rule="DSQL505",
              suffix=f"@{statement.line}")  # fmt: skip

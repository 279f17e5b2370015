"""CREATE TABLE: the author's text, with what had to change."""

from __future__ import annotations

from dataclasses import replace

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.families.partition_views import made_as
from dsql_migrate.rewrite.families.table_families import (
    bounds_of_partition,
    child_columns,
    children_constraints,
    parents_checks,
)
from dsql_migrate.rewrite.keys.constraints import DETAIL, Fate, blocked, fate, folded_text, said_already
from dsql_migrate.rewrite.keys.inline_keys import write_foreign_key
from dsql_migrate.rewrite.keys.uuid_keys import uuid_entries
from dsql_migrate.rewrite.objects.schemas import member
from dsql_migrate.rewrite.plan import ColumnPlan, Item, Plan, TablePlan, dotted, name_of
from dsql_migrate.rewrite.quoting import identifier, qualified
from dsql_migrate.rewrite.reach import needs_of_default
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.rewrite.sequences.identity import identity_sql, unchanged_identity
from dsql_migrate.rewrite.tables.added_keys import write_added_key
from dsql_migrate.rewrite.tables.author_comments import above_key
from dsql_migrate.rewrite.tables.column_text import (
    definition,
    end_of_type,
    identity_entries,
    options_in_words,
    refused_clause,
    schema_left_out,
    serial_entries,
    type_shown,
)
from dsql_migrate.rewrite.tables.columns import is_null, type_text
from dsql_migrate.rewrite.tables.elements import Elements
from dsql_migrate.rewrite.tables.facets import write_facets
from dsql_migrate.rewrite.tables.generated import edit_generated, generated_entry
from dsql_migrate.rewrite.tables.inline import check_text, follow_check, strip
from dsql_migrate.rewrite.tables.kept_checks import checks_of_types
from dsql_migrate.rewrite.tables.likes import Likes
from dsql_migrate.rewrite.tables.renames import name_constraint
from dsql_migrate.schema.model import TableConstraint
from dsql_migrate.source.facts import Constraint, CreateTable, Span


def create_table(plan: Plan, planned: TablePlan, statement: Statement) -> Item:
    """The item of one table: its CREATE TABLE with keys and checks folded in. Enters the table and all in it."""
    return TableWriter(plan, planned, statement).item()


class TableWriter:
    """One CREATE TABLE while it is rewritten."""

    def __init__(self, plan: Plan, planned: TablePlan, statement: Statement) -> None:
        assert isinstance(statement.fact, CreateTable)
        self.plan = plan
        self.planned = planned
        self.table = planned.table
        self.statement = statement
        self.statements = plan.statements
        self.fact = statement.fact
        self.text = statement.piece.text
        self.edits = Edits()
        self.elements = Elements(self.text, self.fact, remarks=plan.decisions.remarks)
        self.ids = [f"table:{dotted(self.table.key)}"]
        self.tells: list[str] = []  # constraints taken out of the statement
        self.needs: set[str] = set()
        self.changes: list[str] = []
        self.sequences = [c.identity.key for c in planned.columns.values() if c.identity is not None]
        self.names = set(self.table.constraints)  # of constraints in the new table
        self.likes = Likes(plan, statement, self.fact)
        self.anew = self.fact.partition_of is not None  # PARTITION OF names no columns: all of the list is written

    def item(self) -> Item:
        self._head()
        for column in self.planned.columns.values():
            self._column(column)
        self.changes += self.likes.write(self.edits, self.elements)
        self._gone_columns()
        child_columns(self)
        for constraint in self.table.constraints.values():
            self._constraint(constraint)
        parents_checks(self)
        bounds_of_partition(self)
        self._checks_of_types()
        children_constraints(self)
        write_added_key(self)
        self._tail()
        if self.anew:
            self.edits.replace(Span(self.fact.name.span.end, self.statement.piece.stop), self.elements.written())
        else:
            self.elements.finish(self.edits)
        self._enter()
        text = self.edits.apply(self.text, 0, self.statement.piece.stop)
        return Item(
            text=text,
            statement=self.statement.number,
            ids=tuple(self.ids),
            search_path=self.statement.search_path,
            provides=frozenset({f"relation:{dotted(key)}" for key in (self.table.key, *self.sequences)}),
            needs=frozenset(self.needs),
            rank=5,
            tells=tuple(self.tells),
        )

    def _enter(self) -> None:
        key = self.table.key
        disposition = "rewritten" if self.changes else "kept"
        rule = next((word for word in (c.split(" ", 1)[0] for c in self.changes) if word != "-"), None)
        reason = "; ".join(change.split(" ", 1)[1] for change in self.changes)
        into = ("pre-data.sql",)
        self.plan.note("table", dotted(key), self.statement.line, disposition, reason, rule=rule, into=into)  # type: ignore[arg-type]

    def _head(self) -> None:
        if self.table.created_as != self.table.key or (self.fact.name.schema is None and self.table.key[0] != "public"):
            self.edits.replace(self.fact.name.span, qualified(self.table.key))
        if self.fact.persistence == "unlogged" and self.fact.persistence_span is not None:
            self.edits.delete(self.fact.persistence_span, self.text)
            self.changes.append("DSQL106 UNLOGGED left out: DSQL has durable tables only")
        if self.fact.persistence == "temporary" and self.fact.persistence_span is not None:
            self.edits.delete(self.fact.persistence_span, self.text)
            self.changes.append("DSQL108 TEMPORARY left out by decision: the table stays")

    # -- columns --------------------------------------------------------------------------------------------------

    def _column(self, column: ColumnPlan) -> None:
        source = column.column
        key = name_of(self.table.key, source.name)
        notes = self._column_entries(column, key)
        if self.anew or source.span is None or source.fact is None or source.place.statement != self.statement.number:
            if self.anew:
                self.elements.add(definition(self.plan, column), notes)
            elif source.inherited and self.table.key in self.plan.apart:
                self.elements.lead(definition(self.plan, column), notes)
            elif not source.inherited and not self.likes.take(column, notes):
                self.elements.add(definition(self.plan, column), notes)
            return
        fact = source.fact
        if column.facets:
            standing = [c for c in fact.constraints if c.kind == "check" and self._still_there(c)]
            checks = [check_text(self.plan, self.planned, c, self.text) for c in standing]
            write_facets(self.edits, self.elements, self.text, column, source.span, checks, notes)
            return
        if source.name != source.created_as:
            self.edits.replace(fact.name_span, identifier(source.name))
        self._type(column, fact)
        self._default(column, fact)
        for span in (fact.collation_span, fact.compression_span, fact.options_span):
            if span is not None:
                self.edits.delete(span, self.text)
        if fact.storage_span is not None and not self.plan.target.has("storage-clause"):
            self.edits.delete(fact.storage_span, self.text)
        if source.not_null and not fact.not_null and not column.empty:
            if fact.not_null_span is not None:  # NULL, beside which PostgreSQL takes no PRIMARY KEY either
                self.edits.replace(fact.not_null_span, "NOT NULL")
            elif not self._implied_not_null(source.name, column):
                self.edits.insert(end_of_type(fact), " NOT NULL")
        if fact.not_null and not source.not_null and fact.not_null_span is not None:
            self.edits.delete(fact.not_null_span, self.text)
        for constraint in fact.constraints:
            if not self._still_there(constraint):
                self.edits.delete(constraint.span, self.text)
        edit_generated(self.plan, self.planned, column, self.edits, self.text)
        self.elements.note(source.span, notes)

    def _column_entries(self, column: ColumnPlan, key: str) -> list[str]:
        """Enter the column, its default and identity; what to say beside it."""
        plan, source, notes = self.plan, column.column, []
        choice = column.choice
        entry = plan.note("column", key, source.place.line or self.statement.line, "kept", into=("pre-data.sql",))
        if choice.converted or choice.rule is not None:
            entry.disposition, entry.reason, entry.rule = choice.disposition, choice.reason, choice.rule
            if choice.converted and column.identity is None:
                notes.append(f"{choice.rule}: was {type_shown(column, self.text)}")
        elif (clause := refused_clause(self.plan, column)) is not None:
            entry.disposition, entry.rule, entry.reason = "rewritten", *clause
        if column.note:
            entry.reason = "; ".join(filter(None, (entry.reason, column.note)))
        if column.drawn is not None:
            uuid_entries(plan, column, key, notes, self.statement.line)
        elif column.identity is not None:
            identity_entries(self.plan, self.table.key, column, key, notes, self.statement)
        elif source.identity is not None:
            reason = "DSQL has no identity columns on this day: the application gives the number"
            plan.note("identity", key, source.identity_place.line, "application", reason, rule="DSQL402")
            notes.append("DSQL402: the application gives the number")
        elif not serial_entries(plan, self.table.key, column, key, notes) and source.default is not None:
            self._default_entry(column, key, notes)
        if source.generated is not None and generated_entry(plan, self.planned, column, key, notes):
            self.ids.append(f"default:{key}")
            self.needs |= needs_of_default(plan, source.generated)
        for type in (source.type,):
            user = plan.catalogue.user_type(type.schema, type.name) if type.schema != "pg_catalog" else None
            if user is not None and not type.dimensions:
                self.needs.add(f"type:{dotted(user.key)}")
        return notes

    def _default_entry(self, column: ColumnPlan, key: str, notes: list[str]) -> None:
        default = column.column.default
        assert default is not None
        if is_null(default):
            return  # it says what holds without it
        line = column.column.default_place.line
        why = blocked(self.plan, None, default) if column.default_sql is None else None
        id = f"default:{key}"
        if id in self.plan.excluded:
            why = f"the engine refuses it: {self.plan.excluded[id]}"
        if why is not None:
            column.keep_default = False
        if not column.keep_default:
            decided = (id, "extension-defaults") in self.plan.taken and column.choice.sql is None
            reason = why or ("by decision" if decided else "the default cannot be converted with its column")
            self.plan.note("default", key, line, "application", reason, rule="DSQL101")
            notes.append(f"its default is the application's: {reason}")
            return
        moved = column.column.default_place.statement != self.statement.number
        self.ids.append(id)
        if column.default_sql is not None:
            own = column.default_reason or "calls DSQL's own function instead"
            reason = "converted with its column" if column.choice.converted else own
            rule = column.choice.rule if column.choice.converted else "DSQL520"
            self.plan.note("default", key, line, "rewritten", reason, rule=rule, into=("pre-data.sql",))
            if not column.choice.converted:
                notes.append(f"{rule}: default was {default.text}" if len(default.text) < 60 else f"{rule}: {reason}")
        elif moved:
            self.plan.note(
                "default", key, line, "rewritten", "part of CREATE TABLE", rule="DSQL117", into=("pre-data.sql",)
            )
        else:
            self.plan.note("default", key, line, "kept", into=("pre-data.sql",))
        self.needs |= needs_of_default(self.plan, default)

    def _type(self, column: ColumnPlan, fact: object) -> None:
        span: Span = fact.type.span  # type: ignore[attr-defined]
        if column.identity is not None:
            if unchanged_identity(self.plan, self.table.key, column, self.statement.number):
                return
            sql = identity_sql(self.plan, self.table.key, column)
            identity = fact.identity  # type: ignore[attr-defined]
            moved = column.column.type_place.statement != self.statement.number  # serial, then ALTER … TYPE bigint
            if moved or column.choice.sql is not None or column.choice.rule == "DSQL401":
                self.edits.replace(span, "bigint" if identity is not None else f"bigint {sql}")
            elif identity is None:
                self.edits.insert(span.end, f" {sql}")
            if identity is not None:
                self.edits.replace(identity.span, sql)
            return
        if fact.identity is not None:  # type: ignore[attr-defined]
            self.edits.delete(fact.identity.span, self.text)  # type: ignore[attr-defined]
        if column.choice.sql is not None:
            self.edits.replace(span, column.choice.sql)
        elif column.column.type_place.statement != self.statement.number:
            self.edits.replace(span, type_text(self.plan, column.column))
        elif (schema := schema_left_out(self.plan, column.column)) is not None:
            self.edits.insert(span.start, f"{identifier(schema)}.")

    def _default(self, column: ColumnPlan, fact: object) -> None:
        span: Span | None = fact.default_span  # type: ignore[attr-defined]
        default = column.column.default
        if column.drawn is not None:
            self._put_default(column, fact, span, column.default_sql or "gen_random_uuid()")
        elif span is not None and (default is None or not column.keep_default):
            self.edits.delete(span, self.text)
        elif default is not None and column.keep_default and column.identity is None:
            if column.default_sql is not None:
                self._put_default(column, fact, span, column.default_sql)
            elif column.column.default_place.statement != self.statement.number:
                self._put_default(column, fact, span, default.text)

    def _put_default(self, column: ColumnPlan, fact: object, span: Span | None, sql: str) -> None:
        if span is not None:
            self.edits.replace(span, f"DEFAULT {sql}")
        else:
            self.edits.insert(end_of_type(fact), f" DEFAULT {sql}")

    def _implied_not_null(self, name: str, column: ColumnPlan) -> bool:
        primary = self.table.primary_key
        if column.identity is not None:
            return True
        return primary is not None and name in primary.columns and fate(self.plan, self.planned, primary).where != "out"

    def _still_there(self, constraint: Constraint) -> bool:
        return any(
            c.fact is constraint
            and (
                (self.table.key, c.name) in self.plan.inline
                if c.kind == "foreign"
                else fate(self.plan, self.planned, c).where == "inline"
            )
            for c in self.table.constraints.values()
        )

    def _gone_columns(self) -> None:
        """Columns and constraints that the script drops later, before any row came in."""
        alive = {
            c.column.created_as
            for c in self.planned.columns.values()
            if c.column.place.statement == self.statement.number
        }
        for column in self.fact.columns:
            if column.name not in alive:
                self.elements.remove(column.span)
        own = [c.fact for c in self.table.constraints.values() if c.place.statement == self.statement.number]
        said = [(fact.kind, fact.columns) for fact in own if fact.columns]  # what is said twice is one
        for fact in self.fact.constraints:
            if all(fact is not other for other in own) and (fact.kind, fact.columns) not in said:
                self.elements.remove(fact.span)  # taken back, or gone with its column

    # -- constraints ----------------------------------------------------------------------------------------------

    def _constraint(self, constraint: TableConstraint) -> None:
        here = constraint.place.statement == self.statement.number and constraint.origin in ("column", "table")
        if constraint.kind == "foreign":
            write_foreign_key(self, constraint, here=here)
            return
        decided = fate(self.plan, self.planned, constraint)
        self._constraint_entry(constraint, decided)
        own = here and constraint.origin == "table"
        if here and decided.where in ("late", "index", "out"):
            self.tells.append(f"constraint:{dotted(self.table.key)}.{constraint.name}")
        if decided.where == "inline" and self.anew:
            decided = replace(decided, where="folded")
        if decided.where == "inline":
            fact = constraint.fact
            strip(self.edits, fact.attributes_span, fact.options_span, fact.tablespace_span, self.text)
            name_constraint(self.edits, self.text, self.table, constraint)
            follow_check(self.plan, constraint, self.edits, self.text, self.table)
        elif own:
            self.elements.remove(constraint.fact.span)
        if decided.where == "folded":
            line = self.statements[constraint.place.statement].line
            note = f"{decided.rule}: from ALTER TABLE, {self.plan.where(line)}" if constraint.origin == "alter" else ""
            lead = above_key(self.plan, constraint)
            self.elements.add(lead + folded_text(self.plan, self.table, constraint), [note] if note else [])
        if decided.where == "late":
            self.planned.late_checks.append(constraint)
        if decided.where in ("inline", "folded"):
            self.needs |= needs_of_default(self.plan, constraint.fact.expression)

    def _constraint_entry(self, constraint: TableConstraint, decided: Fate) -> None:
        name = f"{dotted(self.table.key)}.{constraint.name}"
        if constraint.origin in ("promoted", "demoted"):  # the entries are those of the partitions' own
            self.plan.extra.add(made_as(self.plan, self.table.key, constraint))
            return
        files = {"out": (), "late": ("post-data.sql",), "index": ("post-data.sql",)}
        into: tuple[str, ...] = files.get(decided.where, ("pre-data.sql",))
        twin = said_already(self.table, constraint) if decided.disposition == "rewritten" else None
        twin = twin if decided.where == "out" else None
        into = ("pre-data.sql",) if twin is not None else into
        self.plan.note(
            "constraint", name, constraint.place.line, decided.disposition, decided.reason,
            rule=decided.rule, into=into, detail=DETAIL[constraint.kind],
        )  # fmt: skip
        if decided.where in ("inline", "folded"):
            self.ids.append(f"constraint:{name}")
        if twin is not None:
            self.plan.altered[f"constraint:{name}"] = ("kind", "columns")
            self.plan.moved[f"constraint:{name}"] = (
                f"constraint:{dotted(self.plan.place(self.table.key))}.{member(self.plan, self.table.key, twin.name)}",
            )

    def _checks_of_types(self) -> None:
        for name, condition, note in checks_of_types(self.plan, self.planned):
            self.add_check(name, f"CONSTRAINT {identifier(name)} CHECK ({condition})", note)

    # -- the end --------------------------------------------------------------------------------------------------

    def add_check(self, name: str, element: str, note: str) -> None:
        """Put in a CHECK that the source's table does not have under this name."""
        self.elements.add(element, [note])
        self.names.add(name)
        self.plan.extra.add(f"constraint:{dotted(self.plan.place(self.table.key))}.{name}")

    def _tail(self) -> None:
        fact = self.fact
        if fact.partition_by_span is not None:
            self.edits.cut(fact.partition_by_span, self.text)
            self.changes.append("DSQL104 not partitioned: DSQL spreads a table itself")
        for span, note in (
            (fact.inherits_span, f"DSQL105 INHERITS {'written' if self.table.key in self.plan.apart else 'left'} out"),
            (fact.options_span, f"DSQL109 {options_in_words(fact.options_span, self.text)} left out"),
            (fact.tablespace_span, "DSQL110 TABLESPACE left out"),
            (fact.on_commit_span, "DSQL108 ON COMMIT left out"),
            (fact.access_method_span, "DSQL113 USING left out"),
        ):
            if span is not None:
                self.edits.cut(span, self.text)
                self.changes.append(note)
        most = self.plan.target.limit("columns-per-table")
        if self.planned.width > most:
            self.changes.append(f"DSQL701 {self.planned.width} columns: DSQL takes {most}")

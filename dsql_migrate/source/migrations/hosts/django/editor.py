"""What Django's schema editor sends to PostgreSQL for models and fields (Django 4.1 to 5.2)."""

from __future__ import annotations

from dsql_migrate.source.migrations.hosts.django import conditions
from dsql_migrate.source.migrations.hosts.django.fields import Column, column, definition, has_column, is_many
from dsql_migrate.source.migrations.hosts.django.state import Model, Part, State, column_name, index_name, key_column
from dsql_migrate.source.migrations.hosts.languages.tree import Node
from dsql_migrate.source.migrations.hosts.script import Script
from dsql_migrate.source.migrations.hosts.sql import NOTHING, Place, Sql, joined, made


class Editor:
    """Sends statements into ``script``; ``deferred`` go at the end of the migration. ``op``: the operation at hand."""

    def __init__(self, script: Script, path: str) -> None:
        self.script = script
        self.path = path
        self.op: Node = Node(0, 0)
        self.deferred: list[Sql] = []

    def finish(self) -> None:
        """The end of the migration: what was put off is sent."""
        self.script.send(*self.deferred)
        self.deferred = []

    def place(self, part: Part) -> Place:
        """Where a field, an index or a constraint stands: at the operation where it is of another file."""
        return part.node.place if part.path == self.path else self.op.place

    def here(self, part: Part, sql: Sql) -> Sql:
        """The SQL of a part, placed in this file."""
        return sql if part.path == self.path else made(self.op.place, "{}", sql.text)

    def column(self, part: Part, model: Model, state: State) -> Column:
        """The column of a field."""
        return column(part, model, state, self.path, self.op)

    def alter(self, model: Model, place: Place, template: str, *arguments: Sql | str) -> Sql:
        """ALTER TABLE of a model."""
        return made(self.op.place, f'ALTER TABLE "{model.table}" ') + made(place, template, *arguments)

    # --- models -----------------------------------------------------------------------------------------------------

    def create_model(self, model: Model, state: State) -> None:
        """CREATE TABLE; its foreign keys and indexes are put off."""
        columns = [self.column(part, model, state) for part in model.fields.values() if has_column(part)]
        elements = [definition(each) for each in columns]
        for part in model.constraints.values():
            if not conditions.is_index(part):
                elements.append(self.here(part, conditions.constraint(part, model)))
        place = self.op.place
        head = made(place, f'CREATE TABLE "{model.table}" ')
        self.script.send(head + made(place, "({})", joined(place, ", ", [each for each in elements if each])))
        for names in model.together:
            self.deferred.append(self.unique(model, list(names)))
        for each in columns:
            self._foreign_key(model, each)
            self.deferred += self.column_indexes(model, each)
        for names in model.indexed_together:
            columns_ = [conditions.column_of(name, model) for name in names]
            self.deferred.append(self._plain_index(model, columns_, "_idx"))
        for part in model.indexes.values():
            self.deferred.append(self.here(part, conditions.index(part, model)))
        for part in model.constraints.values():
            if conditions.is_index(part):
                self.deferred.append(self.here(part, conditions.constraint(part, model)))
        for part in model.fields.values():
            if is_many(part):
                self.create_through(part, model, state)

    def delete_model(self, model: Model) -> None:
        """DROP TABLE of a model and of its relations' tables."""
        for part in model.fields.values():
            if is_many(part) and (through := through_table(part, model)):
                self._drop(through)
        self._drop(model.table)

    def _drop(self, table: str) -> None:
        """DROP TABLE, and what was put off for the table is forgotten."""
        self.script.send(made(self.op.place, f'DROP TABLE "{table}" CASCADE'))
        self.deferred = [sql for sql in self.deferred if f'"{table}"' not in sql.text]

    def _rename(self, old: str, new: str) -> None:
        """ALTER TABLE … RENAME, also in what was put off."""
        self.script.send(made(self.op.place, f'ALTER TABLE "{old}" RENAME TO "{new}"'))
        self.deferred = [
            Sql(tuple(part._replace(text=part.text.replace(f'"{old}"', f'"{new}"')) for part in sql.parts), sql.holes)
            for sql in self.deferred
        ]

    def create_through(self, part: Part, model: Model, state: State) -> None:
        """The table of a many-to-many relation, where Django makes it."""
        table = through_table(part, model)
        if not table:
            return
        place = self.place(part)
        node = part.node.arg(0, "to") or part.node.named.get("to")
        target, target_key, other = state.target(node, model, part.walk)
        label = part.walk.word(node)
        own = model.name.lower()
        theirs = other.name.lower() if other is not None else label.rpartition(".")[2].lower() or "user"
        if other is not None and other.table == model.table:
            own, theirs = f"from_{own}", f"to_{theirs}"
        key = model.key()
        own_type = self.column(key, model, state).type.text if key is not None else "bigint"
        other_key = other.key() if other is not None else None
        other_type = self.column(other_key, other, state).type.text if other and other_key else state.key_type(target)
        columns = [
            Column(f"{own}_id", made(place, own_type), place, refers=(model.table, key_column(model)), index=True),
            Column(f"{theirs}_id", made(place, other_type), place, refers=(target, target_key), index=True),
        ]
        id_type = (
            own_type if own_type in ("bigint", "integer") and key is not None and "Auto" in key.node.name else "bigint"
        )
        first = made(place, f'"id" {id_type} NOT NULL PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY')
        body = joined(place, ", ", [first, *(definition(each) for each in columns)])
        self.script.send(made(place, f'CREATE TABLE "{table}" ') + made(place, "({})", body))
        relation = Model(model.app, table, table, part.node)
        names = [each.name for each in columns]
        shown = ", ".join(f'"{name}"' for name in names)
        unique = f'ADD CONSTRAINT "{index_name(table, names, "_uniq")}" UNIQUE ({shown})'
        self.deferred.append(made(place, f'ALTER TABLE "{table}" {unique}'))
        for each in columns:
            self._foreign_key(relation, each)
            self.deferred.append(self._plain_index(relation, [each.name], "", place))

    def rename_table(self, old: Model, new: Model) -> None:
        """ALTER TABLE … RENAME of a model and of its relations' tables."""
        if old.table == new.table:
            return
        self._rename(old.table, new.table)
        for part in new.fields.values():
            before, after = through_table(part, old), through_table(part, new)
            if is_many(part) and before and after and before != after:
                self._rename(before, after)

    # --- fields -----------------------------------------------------------------------------------------------------

    def add_field(self, model: Model, part: Part, state: State) -> None:
        """ADD COLUMN, with its foreign key in it; indexes are put off."""
        if is_many(part):
            self.create_through(part, model, state)
            return
        if not has_column(part):
            return
        found = self.column(part, model, state)
        place = found.place
        text = made(place, f'"{found.name}" ') + found.type
        if found.generated:
            text += made(place, " {}", found.generated)
        initial = found.default if not found.db_default and not found.generated else NOTHING
        default = found.db_default or initial
        if default and default.text != "NULL":
            text += made(place, " DEFAULT {}", default)
        text += made(place, " NULL" if found.null else " NOT NULL")
        if found.primary_key or found.unique:
            text += made(place, " PRIMARY KEY" if found.primary_key else " UNIQUE")
        if found.check:
            text += made(place, f" CHECK ({found.check})")
        if found.identity:
            text += made(place, " GENERATED BY DEFAULT AS IDENTITY")
        if found.refers:
            table, key = found.refers
            name = index_name(model.table, [found.name], f"_fk_{table}_{key}")
            text += made(place, f' CONSTRAINT "{name}" REFERENCES "{table}"("{key}") DEFERRABLE INITIALLY DEFERRED')
            text += made(place, f'; SET CONSTRAINTS "{name}" IMMEDIATE')
        self.script.send(self.alter(model, place, "ADD COLUMN {}", text))
        if initial and initial.text != "NULL":
            self.script.send(self.alter(model, place, f'ALTER COLUMN "{found.name}" DROP DEFAULT'))
        self.deferred += self.column_indexes(model, found)

    def remove_field(self, model: Model, part: Part) -> None:
        """DROP COLUMN."""
        if is_many(part):
            table = through_table(part, model)
            if table:
                self._drop(table)
        elif has_column(part):
            self.script.send(self.alter(model, self.op.place, f'DROP COLUMN "{column_name(part)}" CASCADE'))

    def alter_field(self, old_model: Model, model: Model, before: Part, after: Part, old: State, new: State) -> None:
        """ALTER COLUMN and what goes with it; nothing where the database does not see a difference."""
        if not has_column(before) or not has_column(after):
            if is_many(before) and is_many(after) and through_table(before, old_model) == through_table(after, model):
                return
            self.remove_field(old_model, before)
            self.add_field(model, after, new)
            return
        was, now = self.column(before, old_model, old), self.column(after, model, new)
        place, send = now.place, self.script.send
        retyped = was.type.text != now.type.text
        if was.refers and (was.refers != now.refers or retyped):
            name = index_name(model.table, [was.name], f"_fk_{was.refers[0]}_{was.refers[1]}")
            send(self.alter(model, place, f'DROP CONSTRAINT "{name}"'))
        if was.unique and not now.unique:
            name = f"{model.table}_{was.name}_key"
            send(self.alter(model, place, f'DROP CONSTRAINT "{name}"'))
        if was.index and not now.index:
            send(made(place, f'DROP INDEX IF EXISTS "{index_name(model.table, [was.name], "")}"'))
        if was.check and not now.check:
            send(self.alter(model, place, f'DROP CONSTRAINT "{model.table}_{was.name}_check"'))
        if was.name != now.name:
            send(self.alter(model, place, f'RENAME COLUMN "{was.name}" TO "{now.name}"'))
        self._changes(model, was, now)
        if now.unique and not was.unique:
            send(self.unique(model, [after.name], place))
        if (now.index and not was.index) or (now.index and was.unique):
            send(self._plain_index(model, [now.name], "", place))
        if now.refers and (was.refers != now.refers or retyped):
            send(self._reference(model, now))
        if now.check and not was.check:
            name = index_name(model.table, [now.name], "_check")
            send(self.alter(model, place, f'ADD CONSTRAINT "{name}" CHECK ({now.check})'))
        like = index_name(model.table, [now.name], "_like")
        if now.like and not was.like:
            send(self._like(model, now))
        elif was.like and not now.like:
            send(made(place, f'DROP INDEX IF EXISTS "{like}"'))

    def _changes(self, model: Model, was: Column, now: Column) -> None:
        place, name = now.place, f'ALTER COLUMN "{now.name}"'
        found: list[Sql] = []
        if was.identity and not now.identity:
            self.script.send(self.alter(model, place, f"{name} DROP IDENTITY IF EXISTS"))
        if was.type.text != now.type.text:
            cast = made(place, f' USING "{now.name}"::{now.type.text}') if _base(was) != _base(now) else NOTHING
            found.append(made(place, "{} TYPE {}{}", name, now.type, cast))
        if now.identity and not was.identity:
            found.append(made(place, f"{name} ADD GENERATED BY DEFAULT AS IDENTITY"))
        if now.db_default.text != was.db_default.text:
            shown = made(place, "SET DEFAULT {}", now.db_default) if now.db_default else made(place, "DROP DEFAULT")
            found.append(made(place, "{} {}", name, shown))
        fills = was.null and not now.null and now.default and now.default.text != "NULL" and not now.db_default
        if fills:
            found.append(made(place, "{} SET DEFAULT {}", name, now.default))
        elif was.null != now.null:
            found.append(made(place, f"{name} {'DROP' if now.null else 'SET'} NOT NULL"))
        if found:
            self.script.send(self.alter(model, place, "{}", joined(place, ", ", found)))
        if fills:
            update = f'UPDATE "{model.table}" SET "{now.name}" = {{}} WHERE "{now.name}" IS NULL'
            self.script.send(made(place, update + "; SET CONSTRAINTS ALL IMMEDIATE", now.default))
            self.script.send(self.alter(model, place, f"{name} SET NOT NULL"))
            self.script.send(self.alter(model, place, f"{name} DROP DEFAULT"))

    # --- keys and indexes -------------------------------------------------------------------------------------------

    def unique(self, model: Model, names: list[str], place: Place | None = None) -> Sql:
        """A unique constraint over fields that has a name made by Django."""
        columns = [conditions.column_of(name, model) for name in names]
        name = index_name(model.table, columns, "_uniq")
        shown = ", ".join(f'"{each}"' for each in columns)
        return self.alter(model, place or self.op.place, f'ADD CONSTRAINT "{name}" UNIQUE ({shown})')

    def _reference(self, model: Model, found: Column) -> Sql:
        assert found.refers is not None
        table, key = found.refers
        name = index_name(model.table, [found.name], f"_fk_{table}_{key}")
        text = f'ADD CONSTRAINT "{name}" FOREIGN KEY ("{found.name}") REFERENCES "{table}" ("{key}")'
        return self.alter(model, found.place, text + " DEFERRABLE INITIALLY DEFERRED")

    def _foreign_key(self, model: Model, found: Column) -> None:
        if found.refers:
            self.deferred.append(self._reference(model, found))

    def column_indexes(self, model: Model, found: Column) -> list[Sql]:
        """The indexes that come with a column."""
        made_ones = [self._plain_index(model, [found.name], "", found.place)] if found.index else []
        return [*made_ones, self._like(model, found)] if found.like else made_ones

    def _plain_index(self, model: Model, columns: list[str], suffix: str, place: Place | None = None) -> Sql:
        shown = ", ".join(f'"{each}"' for each in columns)
        name = index_name(model.table, columns, suffix)
        return made(place or self.op.place, f'CREATE INDEX "{name}" ON "{model.table}" ({shown})')

    def _like(self, model: Model, found: Column) -> Sql:
        operators = "text_pattern_ops" if found.type.text == "text" else "varchar_pattern_ops"
        name = index_name(model.table, [found.name], "_like")
        return made(found.place, f'CREATE INDEX "{name}" ON "{model.table}" ("{found.name}" {operators})')


def _base(found: Column) -> str:
    return found.type.text.partition("(")[0]


def through_table(part: Part, model: Model) -> str:
    """The table of a many-to-many relation; empty where a model stands for it, or it is another kind of field."""
    if not is_many(part) or "through" in part.node.named:
        return ""
    return part.walk.word(part.node.named.get("db_table")) or f"{model.table}_{part.name}"

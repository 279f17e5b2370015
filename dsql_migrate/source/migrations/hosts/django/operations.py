"""Django's operations: what each does to the state of the models, and what it sends, forwards and backwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dsql_migrate.source.migrations.hosts.django import conditions
from dsql_migrate.source.migrations.hosts.django.editor import Editor
from dsql_migrate.source.migrations.hosts.django.meaning import Silent
from dsql_migrate.source.migrations.hosts.django.state import Model, Part, State, table_name, tuples
from dsql_migrate.source.migrations.hosts.languages.tree import Call, Items, Node, Pairs, Text, Value, dotted
from dsql_migrate.source.migrations.hosts.script import Script
from dsql_migrate.source.migrations.hosts.sql import made
from dsql_migrate.source.migrations.hosts.values import UNKNOWN
from dsql_migrate.source.migrations.hosts.walk import Walk

_EXTENSIONS = {"BloomExtension": "bloom", "BtreeGinExtension": "btree_gin", "BtreeGistExtension": "btree_gist",
               "CITextExtension": "citext", "CryptoExtension": "pgcrypto", "HStoreExtension": "hstore",
               "TrigramExtension": "pg_trgm", "UnaccentExtension": "unaccent", "VectorExtension": "vector"}  # fmt: skip
_SILENT = frozenset({"AlterModelOptions", "AlterModelManagers"})  # of the state alone
_Step = Callable[["Run", Call, State, State], None]


class Run:
    """One migration of an app. ``state`` is what the migrations before it have built; it goes on in place."""

    def __init__(self, app: str, path: str, walk: Walk, state: State) -> None:
        self.app, self.path, self.walk, self.state = app, path, walk, state
        self.steps: list[tuple[Call, State, State]] = []  # operations that send, with the states around them

    def part(self, name: str, node: Node | None) -> Part | None:
        """A field, an index or a constraint as a part; None, and told, where it is not a call."""
        found = self.walk.resolve(node) if node is not None else None
        if isinstance(found, Call):
            name = name or self.walk.word(found.named.get("name"))
            return Part(name or UNKNOWN, found, self.path, self.walk)
        if node is not None:
            self.walk.told(node, "this is known only when the migration runs")
        return None

    def plan(self, operations: Node | None, database: bool = True, state: bool = True) -> None:
        """Go through a list of operations: the state moves on, and what sends is remembered."""
        found = self.walk.resolve(operations) if operations is not None else None
        if not isinstance(found, Items):
            if operations is not None:
                self.walk.told(operations, "the operations are known only when the migration runs")
            return
        for item in found.items:
            call = self.walk.resolve(item)
            if not isinstance(call, Call):
                self.walk.told(item, "this operation is known only when the migration runs")
            elif call.name == "SeparateDatabaseAndState":
                self._separate(call)
            else:
                self._stand_in(call)
                before = self.state.copy()
                after = self.state if state else self.state.copy()
                move(self, call, after)
                if call.name == "RunSQL" and "state_operations" in call.named:
                    self.plan(call.named["state_operations"], database=False)
                if database:
                    self.steps.append((call, before, after.copy()))

    def _stand_in(self, call: Call) -> None:
        """A model that no migration at hand makes: nothing of it is known but its name, and so its table."""
        if call.name in _KNOWN and call.name != "RenameModel":
            name = self.walk.word(call.named.get("model_name") or call.arg(0, "name"))
            if name and self.state.get(self.app, name) is None:
                self.state.put(Model(self.app, name, table_name(self.app, name), call))

    def _separate(self, call: Call) -> None:
        database, state = call.arg(0, "database_operations"), call.arg(1, "state_operations")
        if database is not None:
            kept = self.state.copy()
            self.plan(database)
            self.state.models = kept.models
        if state is not None:
            self.plan(state, database=False)


def send(run: Run, script: Script, backwards: bool) -> None:
    """Send what the planned operations send."""
    editor = Editor(script, run.path)
    for call, before, after in reversed(run.steps) if backwards else run.steps:
        editor.op = call
        if backwards:
            _database(editor, run, call, after, before, True)
        else:
            _database(editor, run, call, before, after, False)
    editor.finish()


# --- the state ------------------------------------------------------------------------------------------------------


def move(run: Run, call: Call, state: State) -> None:
    """What an operation does to the models."""
    walk, app = run.walk, run.app
    if call.name == "CreateModel":
        state.put(_model(run, call))
        return
    old_name = walk.word(
        call.arg(
            0, "model_name" if "model_name" in call.named else "old_name" if call.name == "RenameModel" else "name"
        )
    )
    model = state.get(app, old_name)
    if model is None:
        return
    match call.name:
        case "DeleteModel":
            state.models.pop((app, old_name.lower()), None)
        case "RenameModel":
            name = walk.word(call.arg(1, "new_name"))
            state.models.pop((app, old_name.lower()), None)
            derived = model.table == table_name(app, model.name)
            state.put(replace(model, name=name, table=table_name(app, name) if derived else model.table))
        case "AlterModelTable":
            state.put(replace(model, table=walk.word(call.arg(1, "table")) or table_name(app, model.name)))
        case "AddField" | "AlterField":
            name = walk.word(call.arg(1, "name"))
            part = run.part(name, call.arg(2, "field"))
            if part is not None:
                state.put(model.put(part))
        case "RemoveField":
            state.put(model.without(walk.word(call.arg(1, "name"))))
        case "RenameField":
            state.put(model.renamed(walk.word(call.arg(1, "old_name")), walk.word(call.arg(2, "new_name"))))
        case "AddIndex" | "AddIndexConcurrently":
            part = run.part("", call.arg(1, "index"))
            if part is not None:
                state.put(replace(model, indexes={**model.indexes, part.name: part}))
        case "RemoveIndex" | "RemoveIndexConcurrently":
            gone = walk.word(call.arg(1, "name"))
            state.put(replace(model, indexes={k: v for k, v in model.indexes.items() if k != gone}))
        case "AddConstraint" | "AddConstraintNotValid":
            part = run.part("", call.arg(1, "constraint"))
            if part is not None:
                state.put(replace(model, constraints={**model.constraints, part.name: part}))
        case "RemoveConstraint":
            gone = walk.word(call.arg(1, "name"))
            state.put(replace(model, constraints={k: v for k, v in model.constraints.items() if k != gone}))
        case "AlterUniqueTogether":
            state.put(replace(model, together=tuples(call.arg(1, "unique_together"), walk)))
        case "AlterIndexTogether":
            state.put(replace(model, indexed_together=tuples(call.arg(1, "index_together"), walk)))


def _model(run: Run, call: Call) -> Model:
    walk = run.walk
    name = walk.word(call.arg(0, "name"))
    fields: dict[str, Part] = {}
    listed = walk.resolve(call.arg(1, "fields") or Items(call.start, call.end, ()))
    for item in listed.items if isinstance(listed, Items) else ():
        pair = walk.resolve(item)
        if isinstance(pair, Items) and len(pair.items) == 2:
            part = run.part(walk.word(pair.items[0]), pair.items[1])
            if part is not None:
                fields[part.name] = part
        else:
            walk.told(item, "this field is known only when the migration runs")
    node = call.arg(2, "options")
    options_node = walk.resolve(node) if node is not None else None
    options = options_node.named() if isinstance(options_node, Pairs) else {}
    parts: dict[str, dict[str, Part]] = {"indexes": {}, "constraints": {}}
    for key, found in parts.items():
        items = walk.resolve(options[key]) if key in options else None
        for item in items.items if isinstance(items, Items) else ():
            part = run.part("", item)
            if part is not None:
                found[part.name] = part
    return Model(
        app=run.app,
        name=name,
        table=walk.word(options.get("db_table")).strip('"') or table_name(run.app, name),
        node=call,
        fields=fields,
        indexes=parts["indexes"],
        constraints=parts["constraints"],
        together=tuples(options.get("unique_together"), walk),
        indexed_together=tuples(options.get("index_together"), walk),
        managed=walk.flag(options.get("managed"), True) and not walk.flag(options.get("proxy")),
    )


# --- the database ---------------------------------------------------------------------------------------------------


def _database(editor: Editor, run: Run, call: Call, before: State, after: State, backwards: bool) -> None:
    """What an operation sends, from one state of the models to the other."""
    walk, app, name = run.walk, run.app, call.name
    if name in _SILENT:
        return
    if name in _EXTENSIONS or name == "CreateExtension":
        extension = _EXTENSIONS.get(name) or walk.word(call.arg(0, "name"))
        words = "DROP EXTENSION IF EXISTS" if backwards else "CREATE EXTENSION IF NOT EXISTS"
        editor.script.send(made(call.place, f'{words} "{extension}"'))
        return
    if name == "RunSQL":
        _run_sql(editor, walk, call.arg(1 if backwards else 0, "reverse_sql" if backwards else "sql"))
        return
    if name == "RunPython":
        walk.told(call, "RunPython: what this function sends is not read")
        return
    if name in ("CreateCollation", "RemoveCollation"):
        word = "CREATE COLLATION" if (name == "CreateCollation") != backwards else "DROP COLLATION"
        locale = f" (locale = '{walk.word(call.arg(1, 'locale'))}')" if word.startswith("CREATE") else ""
        editor.script.send(made(call.place, f'{word} "{walk.word(call.arg(0, "name"))}"{locale}'))
        return
    if name == "CreateModel" or name == "DeleteModel":
        state = before if (name == "DeleteModel") != backwards else after
        model = state.get(app, walk.word(call.arg(0, "name")))
        if model is None or not model.managed:
            return
        if state is before:
            editor.delete_model(model)
        else:
            editor.create_model(model, after)
        return
    _changes(editor, run, call, before, after, backwards)


def _changes(editor: Editor, run: Run, call: Call, before: State, after: State, backwards: bool) -> None:
    """Operations on a model that is there."""
    walk, app, name = run.walk, run.app, call.name
    given = [call.arg(0, "old_name"), call.arg(1, "new_name")] if name == "RenameModel" else [
        call.named.get("model_name") or call.arg(0, "name")] * 2  # fmt: skip
    names = [walk.word(node) for node in given]
    if backwards:
        names.reverse()
    old, new = before.get(app, names[0]), after.get(app, names[1])
    if name not in _KNOWN:
        walk.told(call, f"what the operation {dotted(call)[:40]} sends is not known")
        return
    if old is None or new is None:
        walk.told(call, f"the model {names[0] or ''} is not made by the migrations at hand")
        return
    if not old.managed:
        return
    if name in ("RenameModel", "AlterModelTable"):
        editor.rename_table(old, new)
    elif name in ("AddField", "RemoveField", "AlterField", "RenameField"):
        _fields(editor, call, old, new, before, after)
    elif name in ("AddIndex", "RemoveIndex", "AddIndexConcurrently", "RemoveIndexConcurrently"):
        concurrently = name.endswith("Concurrently")
        word = "CONCURRENTLY " if concurrently else ""
        for key in old.indexes.keys() - new.indexes.keys():
            editor.script.send(made(call.place, f'DROP INDEX {word}IF EXISTS "{key}"'))
        for key, part in new.indexes.items():
            if key not in old.indexes:
                editor.script.send(editor.here(part, conditions.index(part, new, concurrently)))
    elif name in ("AddConstraint", "RemoveConstraint", "AddConstraintNotValid"):
        _constraints(editor, call, old, new, " NOT VALID" if name.endswith("NotValid") else "")
    elif name == "ValidateConstraint":
        if not backwards:
            constraint = walk.word(call.arg(1, "name"))
            editor.script.send(editor.alter(new, call.place, f'VALIDATE CONSTRAINT "{constraint}"'))
    elif name == "RenameIndex":
        first, second = walk.word(call.named.get("old_name")), walk.word(call.named.get("new_name"))
        first, second = (second, first) if backwards else (first, second)
        if first and second:
            editor.script.send(made(call.place, f'ALTER INDEX "{first}" RENAME TO "{second}"'))
    elif name == "AlterUniqueTogether":
        for group in set(old.together) - set(new.together):
            text = (
                editor.unique(old, list(group))
                .text.replace("ADD CONSTRAINT", "DROP CONSTRAINT")
                .partition(" UNIQUE")[0]
            )
            editor.script.send(made(call.place, "{}", text))
        editor.script.send(*(editor.unique(new, list(group)) for group in new.together if group not in old.together))
    elif name == "AlterModelTableComment":
        node = call.arg(1, "table_comment")
        comment = walk.literal(node) if node is not None else None
        editor.script.send(made(call.place, f'COMMENT ON TABLE "{new.table}" IS {{}}', comment or "NULL"))


_KNOWN = frozenset({
    "RenameModel", "AlterModelTable", "AddField", "RemoveField", "AlterField", "RenameField", "AddIndex", "RemoveIndex",
    "AddIndexConcurrently", "RemoveIndexConcurrently", "AddConstraint", "RemoveConstraint", "AddConstraintNotValid",
    "ValidateConstraint", "RenameIndex", "AlterUniqueTogether", "AlterModelTableComment", "AlterIndexTogether",
})  # fmt: skip


def _fields(editor: Editor, call: Call, old: Model, new: Model, before: State, after: State) -> None:
    gone = [part for key, part in old.fields.items() if key not in new.fields]
    come = [part for key, part in new.fields.items() if key not in old.fields]
    if call.name == "RenameField" and gone and come:
        editor.alter_field(old, new, gone[0], come[0], before, after)
        return
    for part in gone:
        editor.remove_field(old, part)
    if not gone and not come and call.name in ("RemoveField", "RenameField"):
        _of_a_stranger(editor, call, old)
    if call.name == "AlterField" and come:
        come[0].walk.told(call, "what the field was before is not in the migrations at hand")
        return
    for part in come:
        editor.add_field(new, part, after)
    for key, part in new.fields.items():
        if key in old.fields and old.fields[key] is not part:
            editor.alter_field(old, new, old.fields[key], part, before, after)


def _of_a_stranger(editor: Editor, call: Call, model: Model) -> None:
    """A field that no migration at hand makes is removed or renamed: its column goes by its name."""
    walk = Walk(Silent(), {})
    first, second = walk.word(call.arg(1, "name") or call.named.get("old_name")), walk.word(call.arg(2, "new_name"))
    shown = f'DROP COLUMN "{first}" CASCADE' if call.name == "RemoveField" else f'RENAME COLUMN "{first}" TO "{second}"'
    if first:
        editor.script.send(editor.alter(model, call.place, shown))


def _constraints(editor: Editor, call: Call, old: Model, new: Model, tail: str) -> None:
    for key, part in old.constraints.items():
        if key not in new.constraints:
            drop = f'DROP INDEX IF EXISTS "{key}"' if conditions.is_index(part) else ""
            editor.script.send(
                made(call.place, drop) if drop else editor.alter(old, call.place, f'DROP CONSTRAINT "{key}"')
            )
    for key, part in new.constraints.items():
        if key in old.constraints:
            continue
        text = editor.here(part, conditions.constraint(part, new))
        editor.script.send(
            text if conditions.is_index(part) else editor.alter(new, editor.place(part), "ADD {}{}", text, tail)
        )


def _run_sql(editor: Editor, walk: Walk, node: Node | None) -> None:
    """SQL of RunSQL: a string, or a list of strings and (string, parameters)."""
    found = walk.resolve(node) if node is not None else None
    if found is None or (isinstance(found, Value) and found.value is None):
        return
    if isinstance(found, Items):
        for item in found.items:
            pair = walk.resolve(item)
            if isinstance(pair, Items) and pair.items:
                _with_parameters(editor, walk, pair)
            else:
                editor.script.raw(item, walk)
        return
    if dotted(found).endswith("noop") or (isinstance(found, Text) and walk.word(found) == ""
                                          and not (walk.sql(found) or made(found.place, "")).text.strip()):  # fmt: skip
        return
    assert node is not None
    editor.script.raw(node, walk)


def _with_parameters(editor: Editor, walk: Walk, pair: Items) -> None:
    text = walk.sql(pair.items[0])
    has_values = len(pair.items) > 1 and not isinstance(walk.resolve(pair.items[1]), Value)
    if text is not None and has_values:
        parts = [part._replace(text=part.text.replace("%s", "$1").replace("%%", "%"), as_is=False)
                 if "%" in part.text else part for part in text.parts]  # fmt: skip
        text = replace(text, parts=tuple(parts))
    editor.script.raw(pair.items[0], walk, text)

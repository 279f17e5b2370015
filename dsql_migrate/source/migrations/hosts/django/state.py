"""What Django's models are like between two operations, as its migrations have built them so far."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from dsql_migrate.record import Record, field
from dsql_migrate.source.migrations.hosts.languages.tree import Call, Items, Member, Node, Text, dotted, plain
from dsql_migrate.source.migrations.hosts.walk import Walk

# Models of Django's own apps: their table, and the type of their key (those apps keep AutoField).
_DJANGO = {
    ("auth", "user"): ("auth_user", "integer"),
    ("auth", "group"): ("auth_group", "integer"),
    ("auth", "permission"): ("auth_permission", "integer"),
    ("contenttypes", "contenttype"): ("django_content_type", "integer"),
    ("sites", "site"): ("django_site", "integer"),
    ("sessions", "session"): ("django_session", "varchar(40)"),
}
_LONGEST = 63  # bytes of a name


class Part(Record):
    """A field, an index or a constraint: its call, and the file that it stands in."""

    name: str
    node: Call
    path: str
    walk: Walk

    def arg(self, name: str) -> Node | None:
        """A named argument, resolved."""
        found = self.node.named.get(name)
        return self.walk.resolve(found) if found is not None else None

    def flag(self, name: str, default: bool = False) -> bool:
        """A named boolean."""
        return self.walk.flag(self.node.named.get(name), default)


class Model(Record):
    """A model: ``fields``, ``indexes`` and ``constraints`` by name, in order."""

    app: str
    name: str
    table: str
    node: Node
    fields: Mapping[str, Part] = field(default_factory=dict)
    indexes: Mapping[str, Part] = field(default_factory=dict)
    constraints: Mapping[str, Part] = field(default_factory=dict)
    together: tuple[tuple[str, ...], ...] = ()
    indexed_together: tuple[tuple[str, ...], ...] = ()
    managed: bool = True

    def key(self) -> Part | None:
        """The field that is the primary key."""
        return next((part for part in self.fields.values() if part.flag("primary_key")), None)

    def put(self, part: Part) -> Model:
        """The model with the field added or changed."""
        return replace(self, fields={**self.fields, part.name: part})

    def without(self, name: str) -> Model:
        """The model without the field."""
        return replace(self, fields={key: part for key, part in self.fields.items() if key != name})

    def renamed(self, old: str, new: str) -> Model:
        """The model with a field under another name."""
        fields = {new if key == old else key: replace(part, name=new) if key == old else part
                  for key, part in self.fields.items()}  # fmt: skip
        swap = tuple(tuple(new if name == old else name for name in names) for names in self.together)
        return replace(self, fields=fields, together=swap)


class State:
    """The models of all apps. ``models`` is replaced, never changed: a state can be kept."""

    def __init__(self, models: Mapping[tuple[str, str], Model] | None = None) -> None:
        self.models: dict[tuple[str, str], Model] = dict(models or {})

    def copy(self) -> State:
        """The same models, to go on from."""
        return State(self.models)

    def get(self, app: str, name: str) -> Model | None:
        """A model by the name that an operation gives it."""
        return self.models.get((app, name.lower()))

    def put(self, model: Model) -> None:
        """Add a model, or put it in the place of the one of that name."""
        self.models[model.app, model.name.lower()] = model

    def target(self, node: Node | None, model: Model, walk: Walk) -> tuple[str, str, Model | None]:
        """(table, key column, model) that a relation's ``to`` means; a model that is not known goes by its name."""
        label = _label(node, walk)
        if label == "self":
            return model.table, key_column(model), model
        if not label:
            user = self._user()
            return (user.table, key_column(user), user) if user else ("auth_user", "id", None)
        app, _, name = label.rpartition(".")
        found = self.get(app or model.app, name)
        if found is not None:
            return found.table, key_column(found), found
        table = _DJANGO.get((app or model.app, name.lower()), (f"{app or model.app}_{name.lower()}", ""))[0]
        return table, "id", None

    def key_type(self, table: str) -> str:
        """The type of the key of a model that no migration at hand makes."""
        return next((type_ for name, type_ in _DJANGO.values() if name == table), "bigint")

    def _user(self) -> Model | None:
        """The model that AUTH_USER_MODEL stands for: the one with a password and a last login."""
        found = [m for m in self.models.values() if {"password", "last_login"} <= m.fields.keys()]
        return found[0] if len(found) == 1 else None


def _label(node: Node | None, walk: Walk) -> str:
    """``app.model`` of a relation; empty for the swappable user model."""
    found = walk.resolve(node) if node is not None else None
    if isinstance(found, Text):
        return plain(found)
    path = dotted(found)
    if isinstance(found, Member) and path.startswith("settings."):
        return ""
    return path.rpartition(".")[2] if path else ""


def key_column(model: Model) -> str:
    """The column of a model's primary key."""
    key = model.key()
    return column_name(key) if key is not None else "id"


def column_name(part: Part) -> str:
    """The column of a field."""
    given = part.walk.word(part.node.named.get("db_column"))
    if given:
        return given
    return part.name + ("_id" if is_relation(part) else "")


def is_relation(part: Part) -> bool:
    """Whether it is a foreign key."""
    return (
        part.node.name.endswith(("ForeignKey", "OneToOneField", "ParentalKey"))
        and part.node.name != "GenericForeignKey"
    )


def index_name(table: str, columns: list[str], suffix: str) -> str:
    """A name as Django makes them: table, columns, a digest of them, a suffix (``_create_index_name``)."""
    digest = hashlib.md5("".join([table, *columns]).encode(), usedforsecurity=False).hexdigest()[:8]
    tail = digest + suffix
    whole = "_".join((table, *columns, tail))
    if len(whole) <= _LONGEST:
        return whole
    if len(tail) > _LONGEST / 3:
        tail = tail[: _LONGEST // 3]
    other = (_LONGEST - len(tail)) // 2 - 1
    whole = f"{table[:other]}_{'_'.join(columns)[:other]}_{tail}"
    return f"D{whole[:-1]}" if whole[0] == "_" or whole[0].isdigit() else whole


def table_name(app: str, name: str) -> str:
    """The table of a model that does not name one."""
    whole = f"{app}_{name.lower()}"
    if len(whole.encode()) <= _LONGEST:
        return whole
    digest = hashlib.md5(whole.encode(), usedforsecurity=False).hexdigest()[:4]
    return whole[: _LONGEST - 4] + digest


def tuples(node: Node | None, walk: Walk) -> tuple[tuple[str, ...], ...]:
    """``unique_together``: one tuple of names, or several."""
    found = walk.resolve(node) if node is not None else None
    if isinstance(found, Call) and found.name in ("set", "frozenset", "list", "tuple"):
        found = walk.resolve(found.args[0]) if found.args else None
    if not isinstance(found, Items) or not found.items:
        return ()
    items = [walk.resolve(item) for item in found.items]
    if isinstance(items[0], Text):
        return (tuple(walk.word(item) for item in items),)
    return tuple(tuple(walk.word(name) for name in item.items) for item in items if isinstance(item, Items))

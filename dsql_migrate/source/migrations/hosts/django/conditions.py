"""Django's Q objects, index expressions and constraints as SQL."""

from __future__ import annotations

from dsql_migrate.source.migrations.hosts.django.state import Model, Part, column_name
from dsql_migrate.source.migrations.hosts.languages.tree import Binary, Call, Items, Node, Text, Value, dotted
from dsql_migrate.source.migrations.hosts.sql import NOTHING, Place, Sql, joined, made
from dsql_migrate.source.migrations.hosts.values import UNKNOWN
from dsql_migrate.source.migrations.hosts.walk import Walk

_COMPARE = {
    "exact": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "regex": "~", "iregex": "~*", "iexact": "=",
    "contains": "LIKE", "startswith": "LIKE", "endswith": "LIKE", "icontains": "LIKE", "istartswith": "LIKE",
    "iendswith": "LIKE",
}  # fmt: skip
_FUNCTIONS = {
    "Lower": "LOWER", "Upper": "UPPER", "Length": "LENGTH", "Coalesce": "COALESCE", "Abs": "ABS", "Trim": "BTRIM",
    "MD5": "MD5", "Concat": "CONCAT", "Now": "STATEMENT_TIMESTAMP", "Greatest": "GREATEST",
}  # fmt: skip


def condition(node: Node | None, model: Model, walk: Walk) -> Sql:
    """A Q object as a condition; what is not known stands in, and is told."""
    found = walk.resolve(node) if node is not None else None
    place = node.place if node is not None else Place(0, 0)
    if isinstance(found, Binary) and found.operator in ("&", "|"):
        word = " AND " if found.operator == "&" else " OR "
        return made(place, "({}{}{})", condition(found.left, model, walk), word, condition(found.right, model, walk))
    if isinstance(found, Call) and found.name == "~" and found.args:
        return made(place, "NOT ({})", condition(found.args[0], model, walk))
    if isinstance(found, Call) and found.name == "Q":
        parts = []
        for arg in found.args:
            pair = walk.resolve(arg)
            if isinstance(pair, Items) and len(pair.items) == 2:
                parts.append(_lookup(walk.word(pair.items[0]), pair.items[1], model, walk, arg.place))
            else:
                parts.append(condition(arg, model, walk))
        for key, value in found.named.items():
            if key == "_connector":
                continue
            if key == "_negated":
                continue
            parts.append(_lookup(key, value, model, walk, value.place))
        word = f" {walk.word(found.named.get('_connector')) or 'AND'} "
        whole = joined(place, word, parts)
        whole = made(place, "({})", whole) if len(parts) > 1 else whole
        return made(place, "NOT ({})", whole) if walk.flag(found.named.get("_negated")) else whole
    if node is not None:
        walk.told(node, "this condition is not known")
    return made(place, UNKNOWN)


def _lookup(key: str, value: Node, model: Model, walk: Walk, place: Place) -> Sql:
    names = key.split("__")
    lookup = (
        names[-1] if len(names) > 1 and (names[-1] in _COMPARE or names[-1] in ("in", "isnull", "range")) else "exact"
    )
    inner = names[1:-1] if lookup == names[-1] and len(names) > 1 else names[1:]
    column = column_of(names[0], model)
    left = made(place, f'"{column}"')
    for step in inner:
        left = made(place, f"({{}} -> '{step}')", left)
    found = walk.resolve(value)
    if lookup == "isnull":
        return made(place, "{} IS {}NULL", left, "" if walk.flag(found, True) else "NOT ")
    if isinstance(found, Value) and found.value is None:
        return made(place, "{} IS NULL", left)
    if isinstance(found, Value) and isinstance(found.value, bool) and lookup == "exact":
        return left if found.value else made(place, "NOT {}", left)
    if lookup in ("in", "range") and isinstance(found, Items):
        items = [operand(item, model, walk) for item in found.items]
        if lookup == "range" and len(items) == 2:
            return made(place, "{} BETWEEN {} AND {}", left, *items)
        return made(place, "{} IN ({})", left, joined(place, ", ", items))
    return made(place, "{} {} {}", left, _COMPARE.get(lookup, "="), operand(found, model, walk))


def operand(node: Node, model: Model, walk: Walk) -> Sql:
    """A value or an expression."""
    found = walk.resolve(node)
    plain_value = walk.literal(found)
    if plain_value is not None:
        return plain_value
    if isinstance(found, Call):
        return expression(found, model, walk)
    walk.told(node, "this value is known only when the migration runs")
    return made(node.place, "NULL")


def expression(node: Node, model: Model, walk: Walk) -> Sql:
    """An expression of an index or a constraint: a string is a column."""
    found = walk.resolve(node)
    if isinstance(found, Text):
        return made(node.place, f'"{column_of(walk.word(found), model)}"')
    if isinstance(found, Call):
        args = found.args
        if found.name == "F" and args:
            return expression(args[0], model, walk)
        if found.name == "Value" and args:
            return walk.literal(args[0]) or made(node.place, "NULL")
        if found.name in ("asc", "desc") and found.on is not None:
            return made(node.place, "{} {}", _wrapped(found.on, model, walk), found.name.upper())
        if found.name == "OrderBy" and args:
            word = " DESC" if walk.flag(found.named.get("descending")) else " ASC"
            return made(node.place, "{}{}", _wrapped(args[0], model, walk), word)
        if found.name == "OpClass" and args:
            name = walk.word(found.arg(1, "name"))
            return made(node.place, "{} {}", _wrapped(args[0], model, walk), name)
        if found.name == "Collate" and len(args) > 1:
            return made(node.place, '{} COLLATE "{}"', expression(args[0], model, walk), walk.word(args[1]))
        if found.name in _FUNCTIONS:
            parts = [expression(arg, model, walk) for arg in args if not isinstance(walk.resolve(arg), Value)]
            return made(node.place, "{}({})", _FUNCTIONS[found.name], joined(node.place, ", ", parts))
    walk.told(node, f"the expression {dotted(found)[:40] or 'here'} is not known")
    return made(node.place, UNKNOWN)


def _wrapped(node: Node, model: Model, walk: Walk) -> Sql:
    """An index key: an expression in parentheses, a column without."""
    found = expression(node, model, walk)
    return found if found.text.startswith('"') and found.text.endswith('"') else made(node.place, "({})", found)


def column_of(name: str, model: Model) -> str:
    """The column of a field by its name; ``pk`` is the key."""
    part = model.key() if name == "pk" else model.fields.get(name)
    return column_name(part) if part is not None else "id" if name == "pk" else name


def index(part: Part, model: Model, concurrently: bool = False) -> Sql:
    """CREATE INDEX of an ``Index`` or a class of ``django.contrib.postgres.indexes``."""
    walk, call, place = part.walk, part.node, part.node.place
    classes = _words(call.named.get("opclasses"), walk)
    keys = []
    fields = call.named.get("fields")
    listed = walk.resolve(fields) if fields is not None else None
    for number, item in enumerate(listed.items if isinstance(listed, Items) else ()):
        name = walk.word(item)
        key = made(item.place, f'"{column_of(name.lstrip("-"), model)}"')
        if number < len(classes):
            key = made(item.place, "{} {}", key, classes[number])
        keys.append(made(item.place, "{} DESC", key) if name.startswith("-") else key)
    for arg in call.args:
        whole = expression(arg, model, walk)
        ordered = isinstance(found := walk.resolve(arg), Call) and found.name in ("asc", "desc", "OrderBy", "OpClass")
        keys.append(whole if ordered or whole.text.startswith('"') else made(arg.place, "({})", whole))
    method = {"GinIndex": "gin", "GistIndex": "gist", "BrinIndex": "brin", "HashIndex": "hash", "SpGistIndex": "spgist",
              "BloomIndex": "bloom", "HnswIndex": "hnsw", "IvfflatIndex": "ivfflat"}.get(call.name)  # fmt: skip
    using = made(place, " USING {}", method) if method else NOTHING
    if not keys:
        walk.told(call, "the keys of this index are not known")
        keys = [made(place, UNKNOWN)]
    word = "CREATE INDEX CONCURRENTLY" if concurrently else "CREATE INDEX"
    return made(place, "{} {} ON {}{} ({}){}", word, f'"{part.name}"', f'"{model.table}"', using,
                joined(place, ", ", keys), _tail(call, model, walk))  # fmt: skip


def _tail(call: Call, model: Model, walk: Walk) -> Sql:
    tail = NOTHING
    include = _words(call.named.get("include"), walk)
    if include:
        names = ", ".join(f'"{column_of(name, model)}"' for name in include)
        tail += made(call.named["include"].place, f" INCLUDE ({names})")
    where = call.named.get("condition")
    if where is not None and not isinstance(walk.resolve(where), Value):
        tail += made(where.place, " WHERE {}", condition(where, model, walk))
    return tail


def _words(node: Node | None, walk: Walk) -> list[str]:
    found = walk.resolve(node) if node is not None else None
    return [walk.word(item) for item in found.items] if isinstance(found, Items) else []


def is_index(part: Part) -> bool:
    """Whether a constraint is made as a unique index."""
    call = part.node
    if call.name != "UniqueConstraint":
        return False
    partial = "condition" in call.named and not isinstance(part.arg("condition"), Value)
    return bool(call.args or {"include", "opclasses"} & call.named.keys()) or partial


def constraint(part: Part, model: Model) -> Sql:
    """A constraint as it stands in CREATE TABLE or behind ADD; a unique index where Django makes one."""
    walk, call, place = part.walk, part.node, part.node.place
    name = f'"{part.name}"'
    if call.name == "UniqueConstraint":
        if is_index(part):
            made_index = index(part, model)
            first, *rest = made_index.parts
            return Sql((first._replace(text=first.text.replace("CREATE INDEX", "CREATE UNIQUE INDEX")), *rest))
        columns = ", ".join(f'"{column_of(item, model)}"' for item in _words(call.named.get("fields"), walk))
        deferrable = dotted(call.named.get("deferrable")).rpartition(".")[2]
        tail = f" DEFERRABLE INITIALLY {deferrable}" if deferrable else ""
        distinct = (
            " NULLS NOT DISTINCT" if "nulls_distinct" in call.named and not part.flag("nulls_distinct", True) else ""
        )
        return made(place, f"CONSTRAINT {name} UNIQUE{distinct} ({columns}){tail}")
    if call.name == "CheckConstraint":
        node = call.named.get("condition") or call.named.get("check")
        return made(place, "CONSTRAINT {} CHECK ({})", name, condition(node, model, walk))
    if call.name == "ExclusionConstraint":
        listed = walk.resolve(call.named["expressions"]) if "expressions" in call.named else None
        parts = []
        for item in listed.items if isinstance(listed, Items) else ():
            pair = walk.resolve(item)
            if isinstance(pair, Items) and len(pair.items) == 2:
                shown = dotted(pair.items[1]).rpartition(".")[2]
                operator = {"OVERLAPS": "&&", "EQUAL": "="}.get(shown) or walk.word(pair.items[1]) or "="
                parts.append(made(item.place, "{} WITH {}", expression(pair.items[0], model, walk), operator))
        using = walk.word(call.named.get("index_type")) or "gist"
        return made(place, "CONSTRAINT {} EXCLUDE USING {} ({})", name, using, joined(place, ", ", parts))
    walk.told(call, f"the constraint {call.name} is not known")
    return NOTHING

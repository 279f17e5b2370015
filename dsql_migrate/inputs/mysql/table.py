"""CREATE TABLE and ALTER TABLE of MySQL, read: columns, keys and options, each with its line."""

from __future__ import annotations

from dataclasses import dataclass, field

from dsql_migrate.inputs.mysql.words import Walk, Word

_KEYS = frozenset(("key", "index", "unique", "fulltext", "spatial", "primary", "constraint", "foreign", "check"))
_ACTIONS = frozenset(("cascade", "restrict"))


@dataclass(slots=True)
class Column:
    name: str
    line: int
    type: str = ""
    arguments: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()  # of ENUM and SET
    unsigned: bool = False
    charset: str | None = None
    collate: str | None = None
    not_null: bool = False
    default: str | None = None  # SQL of MySQL
    default_word: Word | None = None  # where it is one token
    on_update: str | None = None
    auto_increment: bool = False
    comment: str | None = None
    generated: str | None = None
    virtual: bool = False
    key: str | None = None  # primary or unique, said with the column
    checks: list[str] = field(default_factory=list)
    text: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a key: a column, or an expression; ``length``: of a prefix."""

    column: str | None
    expression: str | None = None
    length: int | None = None
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    kind: str  # primary, unique, index, fulltext, spatial
    name: str | None
    parts: tuple[Part, ...]
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Reference:
    name: str | None
    columns: tuple[str, ...]
    table: tuple[str | None, str]
    referenced: tuple[str, ...]
    on_delete: str | None
    on_update: str | None
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Check:
    name: str | None
    expression: str
    enforced: bool
    line: int
    text: str


@dataclass(slots=True)
class Table:
    """What one statement says of a table. ``options`` in small letters: engine, charset, collate, comment …"""

    name: tuple[str | None, str]
    line: int
    columns: list[Column] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    partitioned: str | None = None
    temporary: bool = False
    others: list[str] = field(default_factory=list)  # actions of ALTER TABLE that are none of these


class _Reader:
    def __init__(self, text: str, line: int) -> None:
        self.walk = Walk(text)
        self.line = line

    def here(self) -> int:
        """The line of the next token."""
        word = self.walk.here
        return self.line + self.walk.text.count("\n", 0, word.start if word else len(self.walk.text))


def create_table(text: str, line: int) -> Table:
    """The table of a CREATE TABLE, whose comments are blanked. Raises ValueError where it is another statement."""
    reader = _Reader(text, line)
    walk = reader.walk
    if not walk.take("create"):
        raise ValueError("it is no CREATE TABLE")
    walk.take("or", "replace")
    temporary = walk.take("temporary")
    if not walk.take("table"):
        raise ValueError("it is no CREATE TABLE")
    walk.take("if", "not", "exists")
    table = Table(walk.qualified(), line, temporary=temporary)
    if not walk.take("("):
        raise ValueError("only a table with a list of columns is read")
    while not walk.take(")"):
        _element(reader, table)
        walk.take(",")
    _options(walk, table)
    return table


def alter_table(text: str, line: int) -> Table:
    """What an ALTER TABLE adds and changes: columns of MODIFY and CHANGE, keys, options. Raises ValueError."""
    reader = _Reader(text, line)
    walk = reader.walk
    if not walk.take("alter", "table"):
        raise ValueError("it is no ALTER TABLE")
    table = Table(walk.qualified(), line)
    while walk.here is not None:
        if walk.take("add"):
            walk.take("column")
            word = walk.here
            if word is not None and word.kind == "word" and word.text in _KEYS:
                _element(reader, table)
            else:
                table.others.append("ADD COLUMN")
                walk.skip_to(",")
        elif walk.take("modify"):
            walk.take("column")
            table.columns.append(_column(reader))
        elif walk.is_("auto_increment") or walk.is_("comment"):
            _options(walk, table)
        elif not (walk.take("disable", "keys") or walk.take("enable", "keys")):
            table.others.append(walk.skip_to(","))
        if walk.here is not None and not walk.take(","):
            table.others.append(walk.skip_to(","))
            walk.take(",")
    return table


def _element(reader: _Reader, table: Table) -> None:
    walk, line = reader.walk, reader.here()
    start = walk.here.start if walk.here else 0
    word = walk.here
    if word is None or word.kind != "word" or word.text not in _KEYS:
        column = _column(reader)
        table.columns.append(column)
        if column.key is not None:
            table.indexes.append(Index(column.key, None, (Part(column.name),), line, column.text))
        return
    name = None
    if walk.take("constraint"):
        following = walk.here
        if following is not None and not (following.kind == "word" and following.text in _KEYS):
            name = walk.name()
    if walk.take("foreign", "key"):
        table.references.append(_reference(walk, name, line, start))
    elif walk.take("check"):
        expression = walk.parenthesis()
        enforced = not walk.take("not", "enforced")
        walk.take("enforced")
        table.checks.append(Check(name, expression, enforced, line, walk.text[start : walk.words[walk.at - 1].end]))
    else:
        table.indexes.append(_index(walk, name, line, start))


def _index(walk: Walk, name: str | None, line: int, start: int) -> Index:
    kind = "index"
    for word in ("primary", "unique", "fulltext", "spatial"):
        if walk.take(word):
            kind = word
    if not walk.take("key"):
        walk.take("index")
    if not walk.is_("(") and not walk.is_("using"):
        name = walk.name()
    if walk.take("using"):
        walk.next()
    parts = _parts(walk)
    walk.skip_to(",", ")")
    return Index(kind, name, parts, line, walk.text[start : walk.words[walk.at - 1].end])


def _parts(walk: Walk) -> tuple[Part, ...]:
    found = []
    if not walk.take("("):
        raise ValueError("a key without columns")
    while not walk.take(")"):
        column = expression = length = None
        if walk.is_("("):
            expression = walk.parenthesis()
        else:
            column = walk.name()
            if walk.is_("("):
                length = int(walk.parenthesis())
        descending = walk.take("desc")
        walk.take("asc")
        found.append(Part(column, expression, length, descending))
        walk.take(",")
    return tuple(found)


def _names(walk: Walk) -> tuple[str, ...]:
    return tuple(part.column or "" for part in _parts(walk))


def _reference(walk: Walk, name: str | None, line: int, start: int) -> Reference:
    if not walk.is_("("):
        walk.name()  # of its index
    columns = _names(walk)
    if not walk.take("references"):
        raise ValueError("a foreign key without REFERENCES")
    table, referenced = walk.qualified(), _names(walk)
    actions: dict[str, str] = {}
    while walk.take("match"):
        walk.next()
    while walk.take("on"):
        what = walk.next().text
        action = walk.next().text
        actions[what] = action if action in _ACTIONS else f"{action} {walk.next().text}"  # set null, no action
    text = walk.text[start : walk.words[walk.at - 1].end]
    return Reference(name, columns, table, referenced, actions.get("delete"), actions.get("update"), line, text)


def _type(walk: Walk) -> str:
    """The name of a type, in one word: what the SQL standard has in several is said as MySQL shows it."""
    word = walk.next().text
    if word == "national":
        word = walk.next().text
    if word == "double":
        walk.take("precision")
    elif word == "long":
        if walk.take("varbinary"):
            return "mediumblob"
        if not walk.take("varchar") and (walk.take("char") or walk.take("character")):
            walk.take("varying")
        return "mediumtext"
    elif word in ("character", "char", "nchar"):
        if walk.take("varying") or walk.take("varchar") or walk.take("varcharacter"):
            return "varchar"
        return "binary" if walk.take("byte") else "char"
    return word


def _column(reader: _Reader) -> Column:
    walk = reader.walk
    line, start = reader.here(), walk.here.start if walk.here else 0
    column = Column(walk.name(), line)
    column.type = _type(walk)
    if walk.is_("("):
        inside = Walk(walk.parenthesis()).words
        column.arguments = tuple(word.text for word in inside if word.kind == "number")
        column.labels = tuple(word.text for word in inside if word.kind == "string")
    while (word := walk.here) is not None and not (word.kind == "mark" and word.text in ",)"):
        _attribute(walk, column)
    column.text = walk.text[start : walk.words[walk.at - 1].end]
    return column


def _attribute(walk: Walk, column: Column) -> None:
    if walk.take("unsigned") or walk.take("zerofill"):
        column.unsigned = True
    elif walk.take("not", "null"):
        column.not_null = True
    elif walk.take("default"):
        _default(walk, column)
    elif walk.take("on", "update"):
        column.on_update = walk.next().text + (f"({walk.parenthesis()})" if walk.is_("(") else "")
    elif walk.take("auto_increment"):
        column.auto_increment = True
    elif walk.take("comment"):
        column.comment = walk.next().text
    elif walk.take("character", "set") or walk.take("charset"):
        column.charset = walk.next().text
    elif walk.take("collate"):
        column.collate = walk.next().text
    elif walk.take("primary", "key") or walk.take("key"):
        column.key = "primary"
    elif walk.take("unique"):
        walk.take("key")
        column.key = column.key or "unique"
    elif walk.take("check"):
        column.checks.append(walk.parenthesis())
    elif walk.take("generated", "always", "as") or walk.take("as"):
        column.generated = walk.parenthesis()
        column.virtual = True
    elif walk.take("stored") or walk.take("persistent"):
        column.virtual = False
    else:
        walk.next()  # NULL, VIRTUAL, INVISIBLE, SRID 0, COLUMN_FORMAT … say nothing that PostgreSQL keeps
        if walk.is_("("):
            walk.parenthesis()


def _default(walk: Walk, column: Column) -> None:
    if walk.is_("("):
        column.default = walk.parenthesis()
        return
    sign = walk.take("-")
    walk.take("+")
    word = walk.next()
    text = walk.text[word.start : word.end]
    following = walk.here
    if word.text.startswith("_") and word.kind == "word" and following is not None and following.kind == "string":
        word = walk.next()
        text = walk.text[word.start : word.end]
    if walk.is_("("):
        text += f"({walk.parenthesis()})"
        column.default = text
        return
    column.default = f"-{text}" if sign else text
    column.default_word = None if sign else word


def _options(walk: Walk, table: Table) -> None:
    while (word := walk.here) is not None:
        if word.kind == "word" and word.text == "partition":
            table.partitioned = walk.text[word.start :]
            walk.at = len(walk.words)
            return
        if walk.take(","):
            continue
        walk.take("default")
        key = walk.next().text
        if key == "character" and walk.take("set"):
            key = "charset"
        walk.take("=")
        value = walk.here
        if value is None:
            return
        table.options[key] = walk.next().text

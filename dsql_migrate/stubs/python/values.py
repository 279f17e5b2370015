"""Values of translated bodies as Python expressions.

SQL's NULL is None. In a condition a comparison with NULL is not true: a guard says so where a value may be NULL, and
nowhere else. What the database has to evaluate is a call of ``work.value`` with bound values.
"""

from __future__ import annotations

from collections.abc import Mapping

from dsql_migrate.stubs.code import values as v
from dsql_migrate.stubs.naming import literal

_OPPOSITE = {"=": "!=", "<>": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_PYTHON = {"=": "==", "<>": "!="}
_SHOWN_AS_IS = frozenset({"text", "integer", "uuid", "numeric"})


class Unprintable(Exception):
    """What has no Python yet; the text says what it is."""


class Values:
    """Prints values. ``names``: the Python name of each variable by its name in the source."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def name(self, name: v.Name) -> str:
        if name.name not in self.names:
            raise Unprintable(f"the variable {name.name} of a loop or a block")
        return self.names[name.name]

    def value(self, value: v.Value) -> str:
        """An expression that gives the value, None for NULL."""
        match value:
            case v.Name():
                return self.name(value)
            case v.Part():
                return f"{self.name(value.of)}[{literal(value.column)}]"
            case v.Constant():
                return _constant(value)
            case v.Now():
                return (
                    "work.now()"
                    if value.kind.family == "timestamptz"
                    else self._asked(v.Query((f"SELECT CAST(now() AS {value.kind.sql})",)))
                )
            case v.Asked():
                return self._asked(value.query)
            case v.Coalesce():
                return self._coalesce(value.values)
            case v.Choice():
                text = self.value(value.otherwise)
                for condition, found in reversed(value.branches):
                    text = f"{self.value(found)} if {self.true(condition)} else {text}"
                return f"({text})"
            case v.Joined():
                return self._guarded(value.parts, self._message(value.parts))
            case v.Formatted():
                return self._message(value.parts, formatted=True)
            case v.Arithmetic():
                kind = value.kind.bits or 32
                operation = f"{self._operand(value.left)} {value.op} {self._operand(value.right)}"
                return self._guarded((value.left, value.right), f"integer({operation}, {kind})")
            case v.Not() | v.Logic() | v.Compare() | v.Distinct() | v.IsNull() | v.OneOf():
                if not nullable(value):
                    return f"({self.true(value)})"
                return f"(True if {self.true(value)} else False if {self.false(value)} else None)"
        raise Unprintable(f"a value of kind {type(value).__name__}")

    def true(self, value: v.Value) -> str:
        """An expression that is true exactly where the SQL value is true."""
        match value:
            case v.Not():
                return self.false(value.value)
            case v.Logic():
                return self._joined(value.op, [self._side(one, value.op, True) for one in value.values])
            case v.Compare():
                return self._compare(value, _PYTHON.get(value.op, value.op))
            case v.Distinct():
                single = any(_is_single(one) for one in (value.left, value.right))
                op = ("is" if single else "==") if value.negated else ("is not" if single else "!=")
                return f"{self._operand(value.left)} {op} {self._operand(value.right)}"
            case v.IsNull():
                return f"{self._operand(value.value)} is {'not ' if value.negated else ''}None"
            case v.OneOf():
                return self._one_of(value, value.negated)
            case v.Constant():
                return "True" if value.value is True else "False"
        return self.value(value)

    def false(self, value: v.Value) -> str:
        """An expression that is true exactly where the SQL value is false (not where it is NULL)."""
        match value:
            case v.Not():
                return self.true(value.value)
            case v.Logic():
                op = "or" if value.op == "and" else "and"
                return self._joined(op, [self._side(one, op, False) for one in value.values])
            case v.Compare():
                return self._compare(value, _OPPOSITE[value.op])
            case v.Distinct():
                return self.true(v.Distinct(value.left, value.right, not value.negated))
            case v.IsNull():
                return self.true(v.IsNull(value.value, not value.negated))
            case v.OneOf():
                return self._one_of(value, not value.negated)
            case v.Constant():
                return "True" if value.value is False else "False"
        return f"{self.value(value)} is False"

    def query(self, query: v.Query) -> tuple[list[str], list[str]]:
        """Pieces of SQL with marks, and the values as Python."""
        texts, values = [""], []
        for piece in query.pieces:
            if isinstance(piece, str):
                texts[-1] += piece.replace("%", "%%")
            else:
                texts[-1] += "%s"
                texts.append("")
                values.append(self.bound(piece))
        return [text for text in texts if text], values

    def bound(self, value: v.Value) -> str:
        """A value as the driver takes it."""
        text = self.value(value)
        kind = kind_of(value)
        if kind is not None and kind.family == "json":
            return f"Jsonb({text})" if not nullable(value) else f"as_json({text})"
        if kind is not None and kind.family == "record":
            raise Unprintable("a whole row as a value of a statement")
        return text

    def _asked(self, query: v.Query) -> str:
        texts, values = self.query(query)
        listed = f", [{', '.join(values)}]" if values else ""
        return f"work.value({literal(''.join(texts))}{listed})"

    def _compare(self, value: v.Compare, op: str) -> str:
        left, right = value.left, value.right
        guards = [one for one in (left, right) if nullable(one)]
        if op in ("==", "!=") and (_is_single(left) or _is_single(right)):
            op = "is" if op == "==" else "is not"
        if op in ("==", "is") and len(guards) < 2:
            guards = []  # None equals nothing else
        if any(isinstance(one, v.Asked) for one in guards):
            raise Unprintable("a comparison of what the database evaluates, and may be NULL")
        tests = [f"{self._operand(one)} is not None" for one in guards]
        return self._joined("and", [*tests, f"{self._operand(left)} {op} {self._operand(right)}"])

    def _one_of(self, value: v.OneOf, negated: bool) -> str:
        if not all(isinstance(one, v.Constant) and one.value is not None for one in value.options):
            raise Unprintable("IN with options that are no constants")
        options = ", ".join(self.value(one) for one in value.options)
        listed = f"({options},)" if len(value.options) == 1 else f"({options})"
        one = self._operand(value.value)
        if not negated:
            return f"{one} in {listed}"
        return f"{one} is not None and {one} not in {listed}" if nullable(value.value) else f"{one} not in {listed}"

    def _coalesce(self, values: tuple[v.Value, ...]) -> str:
        *first, last = values
        if any(isinstance(one, v.Asked) for one in first):
            raise Unprintable("COALESCE of what the database evaluates")
        text = self.value(last)
        for one in reversed(first):
            text = f"{self._operand(one)} if {self._operand(one)} is not None else {text}"
        return f"({text})"

    def _message(self, parts: tuple[v.Value, ...], *, formatted: bool = False) -> str:
        texts = [one.value for one in parts if isinstance(one, v.Constant) and isinstance(one.value, str)]
        if all(text.isprintable() and not set(text) & set("\"\\'") for text in texts):
            return f'f"{"".join(self._inside(part, formatted=formatted) for part in parts)}"'
        found = []
        for part in parts:
            if isinstance(part, v.Constant) and isinstance(part.value, str):
                found.append(literal(part.value))
            else:
                found.append(f'f"{self._inside(part, formatted=formatted)}"')
        return " + ".join(found)

    def _inside(self, value: v.Value, *, formatted: bool = False) -> str:
        """A value inside an f-string."""
        if isinstance(value, v.Constant) and isinstance(value.value, str):
            return value.value.replace("{", "{{").replace("}", "}}")
        kind = kind_of(value)
        if kind is None or kind.family not in _SHOWN_AS_IS:
            raise Unprintable("a value in a message that is no text and no number")
        if formatted and nullable(value):
            return "{shown(" + self._quoted(value) + ")}"
        return "{" + self._quoted(value) + "}"

    def _quoted(self, value: v.Value) -> str:
        """Inside an f-string in double quotes (Python before 3.12) no other double quote may stand."""
        if isinstance(value, v.Part) and value.column.isidentifier():
            return f"{self.name(value.of)}['{value.column}']"
        if isinstance(value, v.Name):
            return self.name(value)
        raise Unprintable("an expression in a message")

    def _guarded(self, values: tuple[v.Value, ...], text: str) -> str:
        guards = [one for one in values if nullable(one)]
        if any(isinstance(one, v.Asked) for one in guards):
            raise Unprintable("an operation on what the database evaluates, and may be NULL")
        if not guards:
            return text
        tests = " or ".join(f"{self._operand(one)} is None" for one in guards)
        return f"(None if {tests} else {text})"

    def _operand(self, value: v.Value) -> str:
        return self.value(value)

    def _side(self, value: v.Value, op: str, wanted: bool) -> str:
        text = self.true(value) if wanted else self.false(value)
        return f"({text})" if op == "and" and " or " in text and not text.startswith("(") else text

    @staticmethod
    def _joined(op: str, texts: list[str]) -> str:
        if op == "or":
            texts = [f"({text})" if " and " in text else text for text in texts]
        return f" {op} ".join(texts)


def _is_single(value: v.Value) -> bool:
    """Whether it is NULL, true or false: Python has one object of each."""
    return isinstance(value, v.Constant) and (value.value is None or isinstance(value.value, bool))


def _constant(value: v.Constant) -> str:
    if value.value is None or isinstance(value.value, bool | int):
        return str(value.value)
    if value.kind.family == "numeric":
        return f"Decimal({literal(value.value)})"
    if value.kind.family not in ("text", "uuid", "other"):
        raise Unprintable(f"a constant of type {value.kind.sql}")
    return literal(value.value)


def kind_of(value: v.Value) -> v.Kind | None:
    """The type of a value, where it says one."""
    return getattr(value, "kind", None)


def nullable(value: v.Value) -> bool:
    """Whether the value may be NULL."""
    match value:
        case v.Name() | v.Part() | v.Asked():
            return value.nullable
        case v.Constant():
            return value.value is None
        case v.Now() | v.Formatted() | v.IsNull() | v.Distinct():
            return False
        case v.Not():
            return nullable(value.value)
        case v.Logic() | v.Coalesce():
            test = all if isinstance(value, v.Coalesce) else any
            return test(nullable(one) for one in value.values)
        case v.Compare() | v.Arithmetic():
            return nullable(value.left) or nullable(value.right)
        case v.OneOf():
            return nullable(value.value) or any(nullable(one) for one in value.options)
        case v.Joined():
            return any(nullable(one) for one in value.parts)
    return True

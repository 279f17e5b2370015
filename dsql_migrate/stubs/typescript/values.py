"""Values as TypeScript. NULL is null; what is compared is guarded where it may be NULL, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dsql_migrate.stubs.code import values as v
from dsql_migrate.stubs.typescript.layout import Group, Item
from dsql_migrate.stubs.typescript.names import literal, member

# How tightly a text holds together; an operand that holds less gets brackets.
ATOM, NOT, AWAIT, ADD, COMPARE, EQUAL, AND, OR, CHOICE = 10, 9, 8, 6, 5, 4, 3, 2, 1
_NEGATED = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_SIGNS = {"=": "===", "<>": "!=="}
_DECIMAL = {16: "number", 32: "number"}


class Unprintable(Exception):
    """What this language has no words for yet; the message names it."""


@dataclass(frozen=True, slots=True)
class Code:
    """An expression, and how tightly it holds together."""

    text: str
    level: int = ATOM
    parts: tuple[str, ...] = ()  # of && or ||

    def within(self, level: int) -> str:
        """As an operand of something that holds as tightly as ``level``."""
        mixed = {self.level, level} == {AND, OR}
        return f"({self.text})" if self.level < level or mixed or (self.level == AWAIT and level < ATOM) else self.text


def flat(arguments: Sequence[Item]) -> str:
    return ", ".join(one if isinstance(one, str) else one.whole for one in arguments)


def type_of(kind: v.Kind) -> str:
    """What holds a value of the kind, less null."""
    if kind.family == "integer":
        return _DECIMAL.get(kind.bits, "string")
    plain = {"boolean": "boolean", "float": "number", "bytea": "Buffer", "record": "Row", "array": "unknown"}
    return plain.get(kind.family, "string")


def is_number(kind: v.Kind) -> bool:
    """Whether it is a number of JavaScript, to the digit."""
    return kind.family == "integer" and kind.bits in _DECIMAL


def kind_of(value: v.Value) -> v.Kind:
    match value:
        case v.Name() | v.Part() | v.Constant() | v.Arithmetic() | v.Now() | v.Call() | v.Asked():
            return value.kind
        case v.Joined() | v.Formatted():
            return v.Kind("text", "text")
        case v.Coalesce():
            return kind_of(value.values[0])
        case v.Choice():
            return kind_of(value.branches[0][1])
    return v.Kind("boolean", "boolean")


def nullable(value: v.Value) -> bool:
    match value:
        case v.Name() | v.Part() | v.Asked():
            return value.nullable
        case v.Constant():
            return value.value is None
        case v.Distinct() | v.IsNull() | v.Now() | v.Formatted():
            return False
        case v.Not():
            return nullable(value.value)
        case v.Compare() | v.Arithmetic():
            return nullable(value.left) or nullable(value.right)
        case v.Logic() | v.Coalesce():
            found = [nullable(one) for one in value.values]
            return all(found) if isinstance(value, v.Coalesce) else any(found)
        case v.Joined():
            return any(map(nullable, value.parts))
        case v.OneOf():
            return any(map(nullable, (value.value, *value.options)))
        case v.Choice():
            return any(nullable(one) for _, one in value.branches) or nullable(value.otherwise)
    return True


class Values:
    """Prints values. ``names``: of variables and rows; ``called`` collects what is called of the runtime."""

    def __init__(self, names: dict[str, str], numeric: Sequence[str] = ()) -> None:
        self.names = names
        self.numeric = tuple(numeric)  # columns of the table whose rows are compared whole
        self.called: set[str] = set()

    def use(self, name: str) -> str:
        self.called.add(name)
        return name

    # -- values -----------------------------------------------------------------------------------------------------

    def value(self, value: v.Value, kind: v.Kind | None = None) -> Code:
        """The value; as a variable of ``kind`` holds it."""
        wants_text = kind is not None and type_of(kind) == "string" and kind.family in ("integer", "numeric")
        if wants_text and isinstance(value, v.Constant) and value.value is not None:
            return Code(literal(str(value.value)))
        made = self._value(value)
        if wants_text and is_number(kind_of(value)):
            return Code(f"{self.use('digits')}({made.text})")
        return made

    def _value(self, value: v.Value) -> Code:
        match value:
            case v.Name():
                return Code(self.name(value))
            case v.Part():
                return Code(member(self.name(value.of), value.column))
            case v.Constant():
                return Code(self._constant(value))
            case v.Now():
                if value.kind.family == "timestamptz":
                    return Code("await work.now()", AWAIT)
                return Code(f"await work.value<string>({literal(f'SELECT CAST(now() AS {value.kind.sql})')})", AWAIT)
            case v.Asked():
                return self._asked(value)
            case v.Coalesce():
                return Code(" ?? ".join(self._value(one).within(ADD) for one in value.values), OR)
            case v.Choice():
                found = [f"{self.true(c).within(OR)} ? {self._value(one).within(OR)}" for c, one in value.branches]
                return Code(" : ".join([*found, self._value(value.otherwise).within(OR)]), CHOICE)
            case v.Arithmetic():
                return self._guarded((value.left, value.right), lambda a, b: self._arithmetic(value, a, b))
            case v.Joined():
                return self._joined(value)
            case v.Formatted():
                return Code(f"`{''.join(map(self._shown, value.parts))}`")
            case v.Call():
                raise Unprintable("it calls a function that is no function of the database any more")
        return self._truth(value)

    def name(self, name: v.Name) -> str:
        if name.name not in self.names:
            raise Unprintable(f"{name.name} is not known here")
        return self.names[name.name]

    def _constant(self, value: v.Constant) -> str:
        if value.value is None:
            return "null"
        if isinstance(value.value, bool):
            return "true" if value.value else "false"
        if isinstance(value.value, int):
            return str(value.value) if abs(value.value) < 2**53 else literal(str(value.value))
        return literal(value.value.lower() if value.kind.family == "uuid" else value.value)

    def _asked(self, value: v.Asked) -> Code:
        return Code(f"await work.value<{type_of(value.kind)}>({flat(self.query(value.query))})", AWAIT)

    def query(self, query: v.Query) -> list[Item]:
        """The arguments of a call of ``work``: the text, and the values if there are any."""
        text, values = "", []
        for piece in query.pieces:
            if isinstance(piece, str):
                text += piece
                continue
            if kind_of(piece).family == "record":
                raise Unprintable("a whole row goes into a query")
            values.append(self._value(piece).text)
            text += f"${len(values)}"
        return [literal(text), *([Group(tuple(values))] if values else [])]

    def _arithmetic(self, value: v.Arithmetic, a: str, b: str) -> Code:
        if all(is_number(kind_of(one)) for one in (value.left, value.right)) and is_number(value.kind):
            return Code(f"{self.use('integer')}({a} {value.op} {b}, {value.kind.bits})")
        if value.kind.family != "integer":
            raise Unprintable("it calculates with numbers that are no integers")
        return Code(f"{self.use('bigint')}(BigInt({a}) {value.op} BigInt({b}))")

    def _joined(self, value: v.Joined) -> Code:
        if all(_simple(one) for one in value.parts if nullable(one)):
            text = Code(f"`{''.join(map(self._inside, value.parts))}`")
            return self._unless_null([one for one in value.parts if nullable(one)], text)
        return Code(f"{self.use('joined')}({', '.join(self._value(one).text for one in value.parts)})")

    def _inside(self, value: v.Value) -> str:
        """In a template."""
        if isinstance(value, v.Constant) and isinstance(value.value, (str, int)) and not isinstance(value.value, bool):
            return template(str(value.value))
        return "${" + self._value(value).text + "}"

    def _shown(self, value: v.Value) -> str:
        """In the message of an error."""
        kind = kind_of(value)
        if isinstance(value, v.Constant) and value.value is None:
            return "<NULL>"
        plain = kind.family in ("text", "uuid", "integer", "numeric") and not nullable(value)
        return self._inside(value) if plain else "${" + f"{self.use('shown')}({self._value(value).text})" + "}"

    # -- NULL -------------------------------------------------------------------------------------------------------

    def _unless_null(self, values: Sequence[v.Value], code: Code) -> Code:
        if not values:
            return code
        tests = " || ".join(f"{self._value(one).text} === null" for one in dict.fromkeys(values))
        return Code(f"{tests} ? null : {code.text}", CHOICE)

    def _guarded(self, values: tuple[v.Value, v.Value], make: Callable[[str, str], Code]) -> Code:
        """NULL where an operand is; operands that are not simple are evaluated once."""
        empty = [one for one in values if nullable(one)]
        if all(map(_simple, empty)):
            return self._unless_null(empty, make(*(self._value(one).within(ADD) for one in values)))
        left, right = (self._value(one).text for one in values)
        return Code(f"{self.use('both')}({left}, {right}, (a, b) => {make('a', 'b').text})")

    def _truth(self, value: v.Value) -> Code:
        """A boolean that may be NULL."""
        if not nullable(value):
            return self.true(value)
        if isinstance(value, v.Compare):
            return self._guarded((value.left, value.right), lambda a, b: self._compare(value, value.op, a, b))
        if any(not _simple(one) for one in _leaves(value)):
            raise Unprintable("it keeps a condition on a query as a value")
        return Code(f"{self.true(value).within(OR)} ? true : {self.false(value).within(OR)} ? false : null", CHOICE)

    def _compare(self, value: v.Compare, op: str, a: str, b: str) -> Code:
        left, right = kind_of(value.left), kind_of(value.right)
        sign = _SIGNS.get(op, op)
        if is_number(left) and is_number(right):
            return Code(f"{a} {sign} {b}", EQUAL if op in _SIGNS else COMPARE)
        if {left.family, right.family} <= {"integer", "numeric"}:
            return Code(f"{self.use('compare')}({a}, {b}) {sign} 0", EQUAL if op in _SIGNS else COMPARE)
        if op in _SIGNS and {left.family, right.family} & {"text", "uuid", "boolean", "other"}:
            return Code(f"{a} {sign} {b}", EQUAL)
        raise Unprintable(f"it compares values of {left.sql}")

    # -- conditions -------------------------------------------------------------------------------------------------

    def true(self, value: v.Value) -> Code:
        """A condition that holds where the value is true: a NULL is not."""
        return self._holds(value, wanted=True)

    def false(self, value: v.Value) -> Code:
        return self._holds(value, wanted=False)

    def _holds(self, value: v.Value, *, wanted: bool) -> Code:
        match value:
            case v.Not():
                return self._holds(value.value, wanted=not wanted)
            case v.Logic():
                found = [self._holds(one, wanted=wanted) for one in value.values]
                level, sign = (AND, " && ") if (value.op == "and") is wanted else (OR, " || ")
                return _chain(found, level, sign)
            case v.IsNull():
                sign = "===" if wanted is not value.negated else "!=="
                return Code(f"{self._value(value.value).within(COMPARE)} {sign} null", EQUAL)
            case v.Distinct():
                return self._distinct(value, wanted is not value.negated)
            case v.OneOf():
                return self._one_of(value, wanted is not value.negated)
            case v.Compare():
                op = value.op if wanted else _NEGATED[value.op]
                return self._when_known(value, op)
            case v.Constant():
                return Code("true" if value.value is wanted else "false")
        made = self._value(value)
        if nullable(value):
            return Code(f"{made.within(COMPARE)} === {'true' if wanted else 'false'}", EQUAL)
        return made if wanted else Code(f"!{made.within(NOT)}", NOT)

    def _when_known(self, value: v.Compare, op: str) -> Code:
        empty = [one for one in (value.left, value.right) if nullable(one)]
        if all(map(_simple, empty)):
            code = self._compare(value, op, *(self._value(one).within(ADD) for one in (value.left, value.right)))
            plain = code.text.startswith(("compare(",)) is False
            if op == "=" and plain and len(empty) < 2:  # null === "x" is false as it is
                return code
            tests = [Code(f"{self._value(one).text} !== null", EQUAL) for one in dict.fromkeys(empty)]
            return _chain([*tests, code], AND, " && ") if tests else code
        left, right = self._value(value.left).text, self._value(value.right).text
        inner = self._compare(value, op, "a", "b").text
        return Code(f"{self.use('both')}({left}, {right}, (a, b) => {inner}) === true", EQUAL)

    def _distinct(self, value: v.Distinct, wanted: bool) -> Code:
        left, right = kind_of(value.left), kind_of(value.right)
        a, b = self._value(value.left), self._value(value.right)
        if left.family == right.family == "record":
            rest = f", {', '.join(map(literal, self.numeric))}" if self.numeric else ""
            called = f"{self.use('sameRow')}({a.text}, {b.text}{rest})"
            return Code(f"!{called}", NOT) if wanted else Code(called)
        if {left.family, right.family} <= {"integer", "numeric"} and not (is_number(left) and is_number(right)):
            return Code(f"{'!' if wanted else ''}{self.use('same')}({a.text}, {b.text})", NOT if wanted else ATOM)
        return Code(f"{a.within(ADD)} {'!==' if wanted else '==='} {b.within(ADD)}", EQUAL)

    def _one_of(self, value: v.OneOf, wanted: bool) -> Code:
        if any(map(nullable, value.options)) or not _simple(value.value):
            raise Unprintable("it asks for one of several values that may be NULL")
        kind = kind_of(value.value)
        if not is_number(kind) and kind.family not in ("text", "uuid"):
            op = v.Logic("or", tuple(v.Compare("=", value.value, one) for one in value.options))
            return self._holds(op, wanted=wanted)
        tested = self._value(value.value).text
        options = ", ".join(self._value(one).text for one in value.options)
        made = Code(f"[{options}].includes({tested})") if wanted else Code(f"![{options}].includes({tested})", NOT)
        return _chain([Code(f"{tested} !== null", EQUAL), made], AND, " && ") if nullable(value.value) else made


def _chain(found: Sequence[Code], level: int, sign: str) -> Code:
    """Conditions side by side; one that has been asked before in the same row of && is not asked again."""
    parts: list[str] = []
    for one in found:
        parts += one.parts if one.level == level else [one.within(level)]
    if level == AND:
        parts = list(dict.fromkeys(parts))
    return Code(sign.join(parts), level, tuple(parts)) if len(parts) > 1 else Code(parts[0], EQUAL)


def template(text: str) -> str:
    """The text inside a template literal."""
    plain = literal(text)[1:-1].replace('\\"', '"').replace("\\'", "'")
    return plain.replace("`", "\\`").replace("${", "\\${")


def _simple(value: v.Value) -> bool:
    return isinstance(value, (v.Name, v.Part, v.Constant))


def _leaves(value: v.Value) -> list[v.Value]:
    match value:
        case v.Not() | v.IsNull():
            return _leaves(value.value)
        case v.Logic():
            return [leaf for one in value.values for leaf in _leaves(one)]
        case v.Compare() | v.Distinct():
            return [*_leaves(value.left), *_leaves(value.right)]
        case v.OneOf():
            return [leaf for one in (value.value, *value.options) for leaf in _leaves(one)]
    return [value]

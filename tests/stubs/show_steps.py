"""Steps as lines that a person reads: what a test expects of a translation."""

from collections.abc import Iterator

from dsql_migrate.stubs.code import steps as s
from dsql_migrate.stubs.code import values as v


def value(one: v.Value | None) -> str:
    match one:
        case None:
            return ""
        case v.Name(name):
            return name
        case v.Part(of, column):
            return f"{of.name}.{column}"
        case v.Constant(known):
            return "null" if known is None else repr(known) if not isinstance(known, bool) else str(known).lower()
        case v.Not(inner):
            return f"not {value(inner)}"
        case v.Logic(op, parts):
            return "(" + f" {op} ".join(map(value, parts)) + ")"
        case v.Compare(op, left, right) | v.Arithmetic(op, left, right):
            return f"{value(left)} {op} {value(right)}"
        case v.Distinct(left, right, negated):
            return f"{value(left)} is {'not ' if negated else ''}distinct from {value(right)}"
        case v.IsNull(inner, negated):
            return f"{value(inner)} is {'not ' if negated else ''}null"
        case v.OneOf(inner, options, negated):
            return f"{value(inner)} {'not ' if negated else ''}in ({', '.join(map(value, options))})"
        case v.Joined(parts):
            return " || ".join(map(value, parts))
        case v.Formatted(parts):
            return "".join(p.value if isinstance(p, v.Constant) else "{" + value(p) + "}" for p in parts)  # type: ignore[misc]
        case v.Coalesce(parts):
            return f"coalesce({', '.join(map(value, parts))})"
        case v.Choice(branches, otherwise):
            whens = " ".join(f"when {value(c)} then {value(r)}" for c, r in branches)
            return f"case {whens} else {value(otherwise)} end"
        case v.Now():
            return "now()"
        case v.Call(routine, arguments):
            return f"call {routine}({', '.join(map(value, arguments))})"
        case v.Asked(asked):
            return f"ask[{query(asked)}]"
    raise AssertionError(one)


def query(one: v.Query | s.Dynamic | None) -> str:
    if one is None:
        return ""
    if isinstance(one, s.Dynamic):
        return f"dynamic {value(one.text)} using ({', '.join(map(value, one.using))})"
    return " ".join("".join(p if isinstance(p, str) else "{" + value(p) + "}" for p in one.pieces).split())


def lines(body: s.Body, indent: str = "") -> Iterator[str]:
    deeper = indent + "  "
    for step in body:
        match step:
            case s.Remark(text):
                yield f"{indent}-- {text}"
            case s.Declare(name, first):
                yield f"{indent}var {name.name} {name.kind.sql} = {value(first)}"
            case s.Set(target, given):
                yield f"{indent}{value(target)} = {value(given)}"
            case s.If(branches, otherwise):
                for number, (condition, inside) in enumerate(branches):
                    yield f"{indent}{'elif' if number else 'if'} {value(condition)}"
                    yield from lines(inside, deeper)
                if otherwise:
                    yield f"{indent}else"
                    yield from lines(otherwise, deeper)
            case s.While(condition, inside, label):
                yield f"{indent}{label + ': ' if label else ''}while {value(condition) or 'true'}"
                yield from lines(inside, deeper)
            case s.Count(name, first, last, by, reverse, inside):
                step_by = f" by {value(by)}" if by else ""
                way = "reverse " if reverse else ""
                yield f"{indent}for {name.name} in {way}{value(first)}..{value(last)}{step_by}"
                yield from lines(inside, deeper)
            case s.Rows(targets, source, inside):
                yield f"{indent}for {', '.join(map(value, targets))} in {query(source)}{_set(step)}"
                yield from lines(inside, deeper)
            case s.Each(target, array, inside):
                yield f"{indent}for {value(target)} in array {value(array)}"
                yield from lines(inside, deeper)
            case s.Leave(again, label):
                yield f"{indent}{'continue' if again else 'exit'}{' ' + label if label else ''}"
            case s.Block(label, inside):
                yield f"{indent}{label}:"
                yield from lines(inside, deeper)
            case s.Give(given):
                yield f"{indent}return {value(given)}".rstrip()
            case s.GiveRow(values):
                yield f"{indent}row {', '.join(map(value, values))}"
            case s.GiveRows(source):
                yield f"{indent}rows {query(source)}{_set(step)}"
            case s.Run(source, into, strict):
                to = f" into {'strict ' if strict else ''}{', '.join(map(value, into))}" if into else ""
                yield f"{indent}run {query(source)}{to}{_set(step)}"
            case s.Evaluate(given):
                yield f"{indent}{value(given)}"
            case s.Write():
                yield indent + _write(step)
            case s.Fail(state, message, details):
                more = "".join(f", {name}: {value(detail)}" for name, detail in details)
                yield f"{indent}fail {state} {value(message)}{more}".rstrip()
            case s.Tell(level, message):
                yield f"{indent}tell {level} {value(message)}"
            case s.Try(inside, handlers):
                yield f"{indent}try"
                yield from lines(inside, deeper)
                for handler in handlers:
                    yield f"{indent}except {', '.join(handler.states) or 'others'}"
                    yield from lines(handler.body, deeper)


def _set(step: s.Run | s.Rows | s.GiveRows | s.Write) -> str:
    count = getattr(step, "count", None)
    return (f" found: {step.found.name}" if step.found else "") + (f" count: {count.name}" if count else "")


def _write(step: s.Write) -> str:
    given = ", ".join(f"{c}: {value(one)}" for c, one in zip(step.columns, step.values, strict=False))
    text = query(step.assignments) if step.assignments else given
    where = f" where {query(step.where)}" if step.where else ""
    to = f" into {', '.join(map(value, step.into))}" if step.into else ""
    return f"{step.command} {'.'.join(step.table)} ({text}){where}{to}{_set(step)}"


def shown(body: s.Body) -> str:
    """The steps, a line each."""
    return "\n".join(lines(body))

"""A tree of PL/pgSQL written again as a body: a test sees that nothing was lost."""

from dsql_migrate.stubs.plpgsql import tree as t


def written(body: t.Body) -> str:
    head = "" if body.conflict == "error" else f"#variable_conflict {body.conflict}\n"
    return f"{head}{_block(body.block)}"


def _name(name: str) -> str:
    return (
        name
        if (name.isidentifier() and name == name.lower()) or name[:1] == "$"
        else '"' + name.replace('"', '""') + '"'
    )


def _place(place: t.Place) -> str:
    text = ".".join(map(_name, place.names))
    for sides in place.elements:
        text += "[" + ":".join(side.text if side else "" for side in sides) + "]"
    return text + "".join(f".{_name(part)}" for part in place.field)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _block(block: t.Block) -> str:
    text = f"<<{_name(block.label)}>> " if block.label else ""
    if block.declarations:
        text += "DECLARE " + " ".join(map(_declaration, block.declarations)) + " "
    text += "BEGIN " + _all(block.body)
    if block.handlers:
        text += "EXCEPTION "
        for handler in block.handlers:
            names = " OR ".join(_condition(c) for c in handler.conditions)
            text += f"WHEN {names} THEN {_all(handler.body)}"
    return text + "END"


def _condition(condition: str) -> str:
    return f"SQLSTATE {_quoted(condition[9:])}" if condition.startswith("SQLSTATE ") else _name(condition)


def _declaration(one: t.Declaration) -> str:
    match one:
        case t.Alias():
            return f"{_name(one.name)} ALIAS FOR {'.'.join(map(_name, one.of))};"
        case t.Cursor():
            scroll = {None: "", True: "SCROLL ", False: "NO SCROLL "}[one.scroll]
            given = "(" + ", ".join(f"{_name(n)} {k}" for n, k in one.arguments) + ")" if one.arguments else ""
            return f"{_name(one.name)} {scroll}CURSOR {given} FOR {one.query.text};"
    text = f"{_name(one.name)} {'CONSTANT ' if one.constant else ''}{one.type}"
    text += f" COLLATE {one.collation}" if one.collation else ""
    text += " NOT NULL" if one.not_null else ""
    return text + (f" := {one.default.text};" if one.default else ";")


def _all(statements: t.Statements) -> str:
    return "".join(f"{_one(x)} " for x in statements if not isinstance(x, t.Remark))


def _into(places: tuple[t.Place, ...], strict: bool) -> str:
    return f" INTO {'STRICT ' if strict else ''}{', '.join(map(_place, places))}" if places else ""


def _text(text: t.Text) -> str:
    return text.text.text + (" USING " + ", ".join(u.text for u in text.using) if text.using else "")


def _given(arguments: tuple[tuple[str | None, t.Sql], ...]) -> str:
    return "(" + ", ".join(f"{_name(n)} := {v.text}" if n else v.text for n, v in arguments) + ")" if arguments else ""


def _loop(label: str | None, head: str, body: t.Statements) -> str:
    return f"{f'<<{_name(label)}>> ' if label else ''}{head} LOOP {_all(body)}END LOOP;"


def _source(source: t.Sql | t.Text | t.Open) -> str:
    if isinstance(source, t.Text):
        return f"EXECUTE {_text(source)}"
    return source.text if isinstance(source, t.Sql) else _name(source.cursor) + _given(source.arguments)


def _one(one: t.Statement) -> str:
    match one:
        case t.Block():
            return _block(one) + ";"
        case t.Assign():
            return f"{_place(one.target)} := {one.value.text};"
        case t.If():
            parts = [f"{'ELS' if i else ''}IF {c.text} THEN {_all(b)}" for i, (c, b) in enumerate(one.branches)]
            return "".join(parts) + (f"ELSE {_all(one.otherwise)}" if one.otherwise else "") + "END IF;"
        case t.Case():
            whens = "".join(f"WHEN {', '.join(v.text for v in vs)} THEN {_all(b)}" for vs, b in one.branches)
            other = "" if one.otherwise is None else f"ELSE {_all(one.otherwise)}"
            return f"CASE {one.subject.text if one.subject else ''} {whens}{other}END CASE;"
        case t.Loop():
            return _loop(one.label, f"WHILE {one.condition.text}" if one.condition else "", one.body)
        case t.Count():
            by = f" BY {one.by.text}" if one.by else ""
            head = f"FOR {_name(one.name)} IN {'REVERSE ' if one.reverse else ''}{one.first.text}..{one.last.text}{by}"
            return _loop(one.label, head, one.body)
        case t.Rows():
            return _loop(one.label, f"FOR {', '.join(map(_place, one.targets))} IN {_source(one.source)}", one.body)
        case t.Each():
            slice_ = f" SLICE {one.slice}" if one.slice else ""
            head = f"FOREACH {', '.join(map(_place, one.targets))}{slice_} IN ARRAY {one.array.text}"
            return _loop(one.label, head, one.body)
        case t.Leave():
            label = f" {_name(one.label)}" if one.label else ""
            when = f" WHEN {one.condition.text}" if one.condition else ""
            return f"{'CONTINUE' if one.again else 'EXIT'}{label}{when};"
        case t.Return():
            return f"RETURN {one.value.text if one.value else ''};"
        case t.ReturnNext():
            return f"RETURN NEXT {one.value.text if one.value else ''};"
        case t.ReturnQuery():
            return f"RETURN QUERY {_source(one.source)};"
        case t.Raise():
            return _raise(one)
        case t.Assert():
            return f"ASSERT {one.condition.text}{f', {one.message.text}' if one.message else ''};"
        case t.Perform():
            return f"PERFORM {one.query.text.removeprefix('SELECT ')};"
        case t.Run():
            return f"{one.query.text}{_into(one.into, one.strict)};"
        case t.Execute():
            return f"EXECUTE {_text(one.source)}{_into(one.into, one.strict)};"
        case t.Diagnostics():
            items = ", ".join(f"{_place(p)} = {item}" for p, item in one.items)
            return f"GET {'STACKED ' if one.stacked else ''}DIAGNOSTICS {items};"
        case t.OpenCursor():
            scroll = {None: "", True: "SCROLL ", False: "NO SCROLL "}[one.scroll]
            source = f" FOR {_source(one.source)}" if one.source else ""
            return f"OPEN {_place(one.cursor)} {scroll}{source}{_given(one.arguments)};"
        case t.Fetch():
            way = f"{one.direction} FROM " if one.direction else ""
            return f"{'MOVE' if one.move else 'FETCH'} {way}{_place(one.cursor)}{_into(one.targets, False)};"
        case t.Close():
            return f"CLOSE {_place(one.cursor)};"
        case t.Finish():
            return f"{one.text};"
    return "NULL;"


def _raise(one: t.Raise) -> str:
    level = f" {one.level}"
    text = f" {_quoted(one.format)}" if one.format is not None else ""
    text += "".join(f", {v.text}" for v in one.values)
    text += f" {_condition(one.condition)}" if one.condition else ""
    options = ", ".join(f"{name} = {v.text}" for name, v in one.options)
    return f"RAISE{level}{text}{f' USING {options}' if options else ''};"

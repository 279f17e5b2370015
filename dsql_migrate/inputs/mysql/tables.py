"""A table of MySQL as CREATE TABLE of PostgreSQL, and what it leaves to the application."""

from __future__ import annotations

import re

from dsql_migrate.inputs.mysql.column_kinds import ignores_case, kind_of
from dsql_migrate.inputs.mysql.expressions import Untranslatable, immutable, of_column
from dsql_migrate.inputs.mysql.expressions import check as checked
from dsql_migrate.inputs.mysql.keys import Known, Said, unique_columns
from dsql_migrate.inputs.mysql.output import Output
from dsql_migrate.inputs.mysql.table import Check, Column, Table
from dsql_migrate.inputs.mysql.types import Form, form_of
from dsql_migrate.inputs.mysql.values import Refused, ZeroDate, converter
from dsql_migrate.rewrite.quoting import identifier, literal, qualified
from dsql_migrate.schema.naming import cut

_NOW = re.compile(r"(?i)(?:current_timestamp|now|localtime|localtimestamp|sysdate)\s*(?:\(\s*(\d?)\s*\))?\Z")
_VALID_JSON = re.compile(r"(?i)\s*json_valid\s*\(\s*`?([^`)]+)`?\s*\)\s*\Z")
_EMPTY_JSON = re.compile(r"(?i)json_(object|array)\s*\(\s*\)\Z")
_LONG = 63


def make_table(out: Output, table: Table) -> None:
    """Write a table, and keep what is said behind the rows."""
    key = out.names.key(table.name)
    name = ".".join(key)
    known = Known(key, table.line)
    out.tables[key] = known
    out.names.taken.add(key)
    for column in table.columns:
        known.columns[column.name.lower()] = cut(column.name)
    checks = _json_columns(table)
    elements: list[tuple[int, str]] = []
    for column in table.columns:
        form = _form(out, known, column)
        known.forms[known.column(column.name)] = form
        known.kinds[known.column(column.name)] = kind_of(column, table, form)
        if form.labels:
            _enum(out, known, column, form)
    primary = next((i for i in table.indexes if i.kind == "primary"), None)
    if primary is not None:
        known.primary = tuple(known.column(part.column or "") for part in primary.parts)
    for column in table.columns:
        elements.append((column.line, _column(out, table, known, column)))
    if primary is not None:
        out.names.taken.add((key[0], cut(f"{key[1]}_pkey")))
        elements.append((primary.line, f"    PRIMARY KEY ({', '.join(map(identifier, known.primary))})"))
    for check in checks:
        sql = _check(out, known, check)
        if sql is not None:
            elements.append((check.line, sql))
    parts = [(line, text + ("," if i < len(elements) - 1 else "")) for i, (line, text) in enumerate(elements)]
    temporary = "TEMPORARY " if table.temporary else ""
    out.say_lines([(table.line, f"CREATE {temporary}TABLE {qualified(key)} ("), *parts, (table.line, ");\n")])
    keys(out, known, table)
    _comments(out, known, table)
    _options(out, known, table, name)


def keys(out: Output, known: Known, table: Table) -> None:
    """Keep the keys of a CREATE TABLE or ALTER TABLE for the end."""
    known.indexes += [index for index in table.indexes if index.kind != "primary"]
    known.references += table.references
    for index in table.indexes:
        columns = unique_columns(known, index) if index.kind in ("unique", "primary") else None
        if columns is not None:
            known.unique.append(columns)
    number = table.options.get("auto_increment", "")
    if number.isdigit() and known.identity is not None and int(number) > 1:
        sequence = literal(qualified((known.key[0], _sequence(known.key[1], known.identity)))).strip()
        out.behind.append(Said(table.line, f"SELECT pg_catalog.setval({sequence}, {int(number) - 1}, true)"))


def _sequence(table: str, column: str) -> str:
    return cut(f"{table}_{column}_seq")


def _form(out: Output, known: Known, column: Column) -> Form:
    id = f"column:{'.'.join(known.key)}.{known.column(column.name)}"
    booleans = wide = False
    if column.type == "tinyint" and column.arguments == ("1",) and not column.unsigned and not column.auto_increment:
        booleans = out.choose("tinyint", id) == "boolean"
    if column.type in ("bigint", "int8") and column.unsigned and not column.auto_increment:
        wide = out.choose("unsigned-bigint", id) == "numeric"
    try:
        return form_of(column, booleans, wide)
    except ValueError as error:
        reason = f"{error}; taken for text"
        out.leave("column type", id.partition(":")[2], column.line, "unknown", reason, column.text, rule="DSQL101")
        return Form("text", "text")


def _enum(out: Output, known: Known, column: Column, form: Form) -> None:
    schema, table = known.key
    name = out.names.relation(schema, table, f"{table}_{column.name}")
    labels = ", ".join(literal(label).strip() for label in form.labels)
    out.say(column.line, f"CREATE TYPE {qualified((schema, name))} AS ENUM ({labels})")
    known.forms[known.column(column.name)] = Form(qualified((schema, name)), "text")


def identity(known: Known, column: str) -> str:
    """The clause that makes a column count by itself."""
    known.identity = column
    sequence = f"{known.key[1]}_{column}_seq"
    named = f" (SEQUENCE NAME {qualified((known.key[0], cut(sequence)))})" if len(sequence.encode()) > _LONG else ""
    return f"GENERATED BY DEFAULT AS IDENTITY{named}"


def _column(out: Output, table: Table, known: Known, column: Column) -> str:
    name = known.column(column.name)
    form = known.forms[name]
    id = f"{'.'.join(known.key)}.{name}"
    words = [f"    {identifier(name)} {form.sql}"]
    counted = column.auto_increment or column.type == "serial"
    if column.generated is not None:
        words += _generated(out, known, column, id)
    elif counted:
        words.append(identity(known, name))
    elif (default := _default(out, known, column, form, id)) is not None:
        words.append(f"DEFAULT {default}")
    lost = column.generated is not None and name not in known.generated  # a dump has no values for it
    if (column.not_null and not lost) or counted:
        words.append("NOT NULL")
        known.not_null.add(name)
    referring = {known.column(c) for reference in table.references for c in reference.columns}
    if form.check is not None and name not in referring and column.generated is None:
        words.append(f"CHECK ({form.check.format(identifier(name))})")
    for text in column.checks:
        try:
            sql, told = checked(text, known.relation.columns)
            words.append(f"CHECK ({sql})")
            out.told_of(told, f"constraint {id}_check", column.line, text)
        except Untranslatable as error:
            out.leave("constraint", f"{id}_check", column.line, "application", str(error), column.text)
    if form.note is not None:
        out.leave("column type", id, column.line, "rewritten", form.note)
    if column.on_update is not None:
        reason = "MySQL sets it to the time of each UPDATE; the application has to"
        out.leave("on update", id, column.line, "application", reason, column.text, rule="DSQL501")
    return " ".join(words)


def _generated(out: Output, known: Known, column: Column, id: str) -> list[str]:
    assert column.generated is not None
    try:
        sql, told = immutable(column.generated, known.relation.columns, known.kinds[known.column(column.name)])
    except Untranslatable as error:
        reason = f"its generated value is not translated: {error}"
        out.leave("default", id, column.line, "application", reason, column.text)
        return []
    out.told_of(told, f"default {id}", column.line, column.generated)
    known.generated.add(known.column(column.name))
    if column.virtual:
        out.leave("column type", f"{id} virtual", column.line, "rewritten", "VIRTUAL in MySQL, stored now")
    return [f"GENERATED ALWAYS AS ({sql}) STORED"]


def _default(out: Output, known: Known, column: Column, form: Form, id: str) -> str | None:
    text = column.default
    if text is None or text.lower() == "null":
        return None
    now = _NOW.match(text)
    if now is not None:
        return f"CURRENT_TIMESTAMP{f'({now.group(1)})' if now.group(1) else ''}"
    word = column.default_word
    empty = _EMPTY_JSON.match(text)
    if empty is not None and form.kind == "json":
        return "'{}'::jsonb" if empty.group(1).lower() == "object" else "'[]'::jsonb"
    try:
        if word is not None and (word.kind in ("string", "number") or word.text in ("true", "false")):
            return _constant(text, form)
        if word is None and re.fullmatch(r"-[\d.]+", text):
            return text
        return of_column(text, known.relation.columns, known.kinds[known.column(column.name)])[0]
    except ZeroDate:
        lost = _zero_default(out, known, column, id)
        out.leave("default", id, column.line, "dropped", f"{text} is no date: there is no default{lost}", column.text)
    except (Refused, Untranslatable) as error:
        out.leave("default", id, column.line, "application", str(error), column.text)
    return None


def _zero_default(out: Output, known: Known, column: Column, id: str) -> str:
    """What else goes with a zero date as default: a row that leaves the column out would have NULL in it."""
    name = known.column(column.name)
    if not column.not_null or name in known.primary or out.choose("zero-dates", f"column:{id}") != "as-null":
        return ""
    column.not_null = False
    out.told[id] = out.told.get(id, 0)
    return ", and the column takes NULL, which stands for it"


def _constant(text: str, form: Form) -> str:
    """A literal of MySQL as a default of the column's type."""
    if form.kind in ("text", "json"):
        from dsql_migrate.inputs.mysql.words import unquoted

        shown = literal(unquoted(text) if text[:1] in "'\"" else text).strip()
        return shown if form.kind == "text" else f"{shown}::jsonb"
    value = converter(form, None)(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")
    if form.numeric:
        return value
    if form.kind == "boolean":
        return "true" if value == "t" else "false"
    return f"B'{value}'" if form.kind == "bits" else literal(value.replace("\\\\", "\\")).strip()


def _json_columns(table: Table) -> list[Check]:
    """The checks that are left when MariaDB's JSON, longtext with a check, is taken for JSON."""
    left = []
    texts = {column.name.lower(): column for column in table.columns if column.type == "longtext"}
    for column in texts.values():
        valid = [text for text in column.checks if (m := _VALID_JSON.match(text)) and m.group(1) == column.name]
        if valid:
            column.type = "json"
            column.checks = [text for text in column.checks if text not in valid]
    for check in table.checks:
        found = _VALID_JSON.match(check.expression)
        column_ = texts.get(found.group(1).lower()) if found else None
        if column_ is None:
            left.append(check)
        else:
            column_.type = "json"
    return left


def _check(out: Output, known: Known, check: Check) -> str | None:
    name = cut(check.name) if check.name else f"{known.key[1]}_check"
    id = f"{'.'.join(known.key)}.{name}"
    if not check.enforced:
        out.leave("constraint", id, check.line, "dropped", "NOT ENFORCED: MySQL does not look at it", check.text)
        return None
    try:
        sql, told = checked(check.expression, known.relation.columns)
    except Untranslatable as error:
        out.leave("constraint", id, check.line, "application", str(error), check.text)
        return None
    out.told_of(told, f"constraint {id}", check.line, check.text)
    named = f"CONSTRAINT {identifier(cut(check.name))} " if check.name else ""
    return f"    {named}CHECK ({sql})"


def _comments(out: Output, known: Known, table: Table) -> None:
    if table.options.get("comment"):
        text = literal(table.options["comment"]).strip()
        out.say(table.line, f"COMMENT ON TABLE {qualified(known.key)} IS {text}")
    for column in table.columns:
        if column.comment:
            name = f"{qualified(known.key)}.{identifier(known.column(column.name))}"
            out.say(column.line, f"COMMENT ON COLUMN {name} IS {literal(column.comment).strip()}")


def _options(out: Output, known: Known, table: Table, name: str) -> None:
    options = table.options
    engine = options.get("engine", "innodb").lower()
    if engine != "innodb":
        reason = f"ENGINE={engine}: DSQL has one way to store a table"
        out.leave("setting", f"table {name} engine", table.line, "dropped", reason)
    if table.partitioned is not None:
        reason = "not partitioned: DSQL spreads a table itself"
        out.leave("partitioning", name, table.line, "dropped", reason, table.partitioned, rule="DSQL104")
    charset = options.get("charset")
    shown = options.get("collate") or f"the usual collation of {charset or 'the server'}"
    loose = [
        known.column(column.name)
        for column in table.columns
        if known.forms[known.column(column.name)].kind == "text" and ignores_case(column, table)
    ]
    known.ignoring_case, known.collation = loose, shown


def collations(out: Output) -> None:
    """What tables lose whose texts are compared without looking at case; said when all their keys are known."""
    for known in out.tables.values():
        loose = known.ignoring_case
        if loose:
            unique = {c for key in known.unique for c in key} & set(loose)
            keys = f"; unique keys on {', '.join(sorted(unique))} now tell 'a' from 'A'" if unique else ""
            reason = (
                f"{known.collation}, for {', '.join(loose)}: MySQL compares and sorts without looking at case, "
                f"PostgreSQL does look{keys}"
            )
            out.leave("collation", f"table {'.'.join(known.key)}", known.line, "application", reason)


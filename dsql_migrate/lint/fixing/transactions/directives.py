"""The words with which a tool runs a file without a transaction, one statement after the other."""

from __future__ import annotations

import re
from collections.abc import Callable

from dsql_migrate.lint.fixing.text import line_ending
from dsql_migrate.lint.fixing.transactions.alembic import autocommit
from dsql_migrate.lint.fixing.transactions.case import Case, Refused

Files = dict[str, bytes]

_CHANGESET = re.compile(rb"(?im)^[ \t]*--[ \t]*changeset[ \t]+[^\r\n]*")
_XML_CHANGESET = re.compile(rb"<changeSet\b[^>]*>", re.DOTALL)
_YAML_CHANGESET = re.compile(rb"(?m)^([ \t]*)-[ \t]*changeSet:[ \t]*\r?\n([ \t]+)")
_CLASS = re.compile(rb"(?m)^[ \t]*(?:export[ \t]+(?:default[ \t]+)?)?class[ \t]+[^\r\n{:]*[{:]?[^\r\n]*\r?\n")
_SIDE = re.compile(rb"(?m)^--[ \t]*\+migrate[ \t]+(?:Up|Down)\b[^\r\n]*?(?=[ \t]*\r?$)")
_BETWEEN = re.compile(rb"(?m)^----[ \t]*create above[^\r\n]*\r?\n")
_PROGRAM = re.compile(
    rb"(?m)^[ \t]*(?:exports\.|export[ \t]+(?:const[ \t]+|async[ \t]+function[ \t]+|function[ \t]+))(?:up|down)\b"
    rb"[^{(\w]*(?:[^{(]*?\((?P<first>\w+)[^{]*|(?P<second>\w+)[ \t]*=>[ \t]*)\{"
)
_MIGRATION = re.compile(rb"(?m)^class[ \t]+Migration\b[^\r\n]*:[^\r\n]*\r?\n")
_INDENT = re.compile(rb"(?m)^([ \t]+)\S")


def goose(case: Case) -> Files:
    """``-- +goose NO TRANSACTION`` at the top."""
    return _on_top(case, "-- +goose NO TRANSACTION\n")


def atlas(case: Case) -> Files:
    """``-- atlas:txmode none`` at the top; an empty line parts the file's directives from its comments."""
    head = case.content.split(b"\n\n", 1)[0]
    return _on_top(case, "-- atlas:txmode none\n" + ("" if b"atlas:" in head else "\n"))


def flyway(case: Case) -> Files:
    """``executeInTransaction=false`` in the script's own configuration beside it."""
    path = f"{case.path}.conf"
    before = case.there(path)
    if before is None:
        return {path: b"executeInTransaction=false\n"}
    if re.search(rb"(?im)^[ \t]*executeInTransaction[ \t]*[=:]", before):
        raise Refused(f"{path} says already whether it runs in a transaction")
    ending = line_ending(before).encode()
    return {
        path: before
        + (b"" if not before or before.endswith(b"\n") else ending)
        + b"executeInTransaction=false"
        + ending
    }


def liquibase(case: Case) -> Files:
    """``runInTransaction:false`` on the change sets that need it."""
    if case.path.endswith(".sql"):
        return _each(case, _CHANGESET, lambda met: (met.end(), b" runInTransaction:false"), b"runInTransaction:")
    if case.path.endswith(".xml"):
        attribute = b' runInTransaction="false"'
        return _each(
            case, _XML_CHANGESET, lambda met: (met.start() + len(b"<changeSet"), attribute), b"runInTransaction="
        )
    if case.path.endswith((".yaml", ".yml")):
        ending = line_ending(case.content).encode()
        return _each(
            case,
            _YAML_CHANGESET,
            lambda met: (met.end(), b"runInTransaction: false" + ending + met.group(2)),
            b"runInTransaction:",
        )
    raise Refused("write runInTransaction: false into its change sets")


def _each(
    case: Case,
    mark: re.Pattern[bytes],
    edit: Callable[[re.Match[bytes]], tuple[int, bytes]],
    said: bytes,
    inside: bool = False,
) -> Files:
    """An edit on every part of a file that has a finding. ``mark`` is what a part begins with; what is ``said`` there,
    or with ``inside`` anywhere in the part, is not said again."""
    found = list(mark.finditer(case.content))
    parts: list[bytes] = []
    at = 0
    for number, met in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(case.content)
        if not any(met.start() <= finding.start < end for finding in case.findings):
            continue
        if said.lower() in case.content[met.start() : end if inside else met.end()].lower():
            raise Refused("it says already whether it runs in a transaction")
        place, text = edit(met)
        parts += [case.content[at:place], text]
        at = place
    if not parts:
        return {}
    return {case.path: b"".join([*parts, case.content[at:]])}


def in_class(line: bytes, said: bytes, head: re.Pattern[bytes] = _CLASS) -> Callable[[Case], Files]:
    """A line at the top of the migration's class."""

    def inserted(case: Case) -> Files:
        if re.search(said, case.content):
            raise Refused("it says already whether it runs in a transaction")
        found = head.search(case.content)
        indent = found and _INDENT.search(case.content, found.end())
        if found is None or indent is None:
            raise Refused("the class of the migration was not found")
        at, ending = found.end(), line_ending(case.content).encode()
        return {case.path: case.content[:at] + indent.group(1) + line + ending + case.content[at:]}

    return inserted


def knex(case: Case) -> Files:
    """``config = {transaction: false}`` exported at the end of the file."""
    if re.search(rb"\bconfig\b\s*[:=]", case.content):
        raise Refused("it exports a config already")
    modules = re.search(rb"(?m)^\s*export\s", case.content) is not None
    said = "export const config = { transaction: false };" if modules else "exports.config = { transaction: false };"
    content, ending = case.content, line_ending(case.content)
    gap = "" if not content or content.endswith(b"\n") else ending
    return {case.path: content + f"{gap}{ending}{said}{ending}".encode()}


def sql_migrate(case: Case) -> Files:
    """``notransaction`` behind the annotation of each side that needs it."""
    return _each(case, _SIDE, lambda met: (met.end(), b" notransaction"), b"notransaction")


def tern(case: Case) -> Files:
    """``---- tern: disable-tx ----`` in each side that needs it: at the top, and behind the line between the sides."""
    line = b"---- tern: disable-tx ----" + line_ending(case.content).encode()
    between = _BETWEEN.search(case.content)
    middle = between.end() if between else len(case.content)
    up, down = case.content[:middle], case.content[middle:]
    if any(finding.start < middle for finding in case.findings):
        up = line + up
    if any(finding.start >= middle for finding in case.findings):
        down = line + down
    return {case.path: up + down}


def node_pg_migrate(case: Case) -> Files:
    """``pgm.noTransaction()`` as the first call of a side that needs it; SQL files have no such word."""
    if case.path.endswith(".sql"):
        return {}
    ending = line_ending(case.content).encode()

    def call(met: re.Match[bytes]) -> tuple[int, bytes]:
        return met.end(), ending + b"  " + (met["first"] or met["second"]) + b".noTransaction();"

    return _each(case, _PROGRAM, call, b"noTransaction(", inside=True)


def _on_top(case: Case, text: str) -> Files:
    return {case.path: text.replace("\n", line_ending(case.content)).encode() + case.content}


DIRECTIVES: dict[str, Callable[[Case], Files]] = {
    "alembic": autocommit,
    "atlas": atlas,
    "django": in_class(b"atomic = False", rb"(?m)^\s+atomic\s*=", _MIGRATION),
    "flyway": flyway,
    "goose": goose,
    "knex": knex,
    "liquibase": liquibase,
    "node-pg-migrate": node_pg_migrate,
    "rails": in_class(b"disable_ddl_transaction!", rb"disable_ddl_transaction!"),
    "sql-migrate": sql_migrate,
    "tern": tern,
    "typeorm": in_class(b"transaction = false;", rb"(?m)^\s*(?:public\s+|readonly\s+)*transaction\s*[=?:!]"),
}

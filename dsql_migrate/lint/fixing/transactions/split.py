"""A migration as several, each with one DDL statement or a run of writes; nothing but where it stands changes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence

from dsql_migrate.lint.context import is_ddl, is_dml
from dsql_migrate.lint.fixing.text import line_ending
from dsql_migrate.lint.fixing.transactions.case import Case, Refused
from dsql_migrate.lint.fixing.transactions.numbers import after_folder, versions
from dsql_migrate.lint.fixing.transactions.own import without_own_transactions
from dsql_migrate.source.build import read
from dsql_migrate.source.facts import SetParameter, Transaction, Unreadable
from dsql_migrate.source.migrations import Section
from dsql_migrate.source.open import source_of
from dsql_migrate.source.script import Piece, pieces

Files = dict[str, bytes]

_WITHOUT = {"refinery": b"-- refinery:noTransaction\n", "sqlx": b"-- no-transaction\n"}  # as the first line
_REST_OF_LINE = re.compile(rb"[ \t]*(?:--[^\n]*)?\n")  # behind a statement: it belongs to that one


def split(case: Case) -> Files:
    """The files that take the place of one. Raises Refused where they could not be run in this order."""
    return SPLITS[case.project.tool.name](case)


def parts_of(content: bytes) -> list[bytes]:
    """SQL cut between statements; together the parts are the whole, but for a BEGIN and COMMIT around DDL.

    Raises Refused for what cannot be cut.
    """
    content = without_own_transactions((Section(content),), content) or content
    cuts: list[int] = []
    defines = writes = False
    with source_of(content) as source:
        for piece in pieces(source):
            if piece.kind == "blank":
                continue
            ddl, dml = _kind(piece)
            if (ddl and (defines or writes)) or (dml and defines):
                line = _REST_OF_LINE.match(piece.text)
                cuts.append(piece.start + (line.end() if line else 0))
                defines = writes = False
            defines, writes = defines or ddl, writes or dml
    return [content[start:end] for start, end in zip([0, *cuts], [*cuts, len(content)], strict=True)]


def _kind(piece: Piece) -> tuple[bool, bool]:
    """(whether it is DDL, whether it writes). Raises Refused for what has an effect on the statements behind it."""
    if piece.kind != "sql":
        raise Refused("it has lines for psql in it")
    fact = read(piece.sql)
    if isinstance(fact, Unreadable):
        raise Refused("there is a statement in it that cannot be read")
    if isinstance(fact, Transaction):
        raise Refused("it has transactions of its own")
    if isinstance(fact, SetParameter):
        raise Refused(f"SET {fact.name} is for all statements behind it")
    return is_ddl(fact), is_dml(fact)


def _two_files(case: Case) -> Files:
    """``<number>_<name>.up.sql`` with a ``.down.sql``, or a single file a migration: golang-migrate, sqlx, Supabase."""
    folder, name = os.path.split(case.path)
    stem, up, down = _sides(name)
    above = parts_of(_up_side(case, os.path.join(folder, stem + up)))
    undone = case.there(os.path.join(folder, stem + down)) if down else None
    below = parts_of(undone) if undone is not None else []
    above, below = _level(above, below, undone is not None)
    directive = _WITHOUT.get(case.project.tool.name, b"")
    made: Files = {}
    for number, stem_of in enumerate(versions(case, folder, stem, len(above))):
        made[os.path.join(folder, stem_of + up)] = _directed(above[number], directive)
        if undone is not None:
            made[os.path.join(folder, stem_of + down)] = _directed(below[number], directive)
    return made


def _sides(name: str) -> tuple[str, str, str]:
    """(what stands before the ending, the ending of the up side, that of the down side)."""
    for up, down in ((".up.sql", ".down.sql"), (".sql", "")):
        for side in filter(None, (up, down)):
            if name.endswith(side):
                return name[: -len(side)], up, down
    raise Refused("its name does not end as that of a migration does")


def _up_side(case: Case, path: str) -> bytes:
    """The up side of a migration whose one or other side is at hand: they are split together."""
    content = case.there(path)
    if content is None:
        raise Refused(f"the side that goes with it, {path}, is not there")
    return content


def _level(above: list[bytes], below: list[bytes], undoes: bool) -> tuple[list[bytes], list[bytes]]:
    """As many parts on either side; what is undone first belongs to the last migration."""
    if not undoes:
        return above, []
    above += [b"-- nothing: the other side has more steps\n"] * (len(below) - len(above))
    below += [b"-- nothing: the other side has more steps\n"] * (len(above) - len(below))
    return above, below[::-1]


def _directed(part: bytes, directive: bytes) -> bytes:
    """A part as a file of its own."""
    if directive and not part.lstrip().startswith(directive.strip()):
        return directive.replace(b"\n", line_ending(part).encode()) + part.lstrip(b"\r\n")
    return part.lstrip(b"\r\n")


def _folders(case: Case) -> Files:
    """``<folder>/migration.sql``, ordered by the names of the folders: Prisma."""
    root, folder = os.path.split(os.path.dirname(case.path))
    parts = parts_of(case.content)
    names = after_folder(case, root, folder, len(parts))
    return {
        os.path.join(root, name, os.path.basename(case.path)): part.lstrip(b"\r\n")
        for name, part in zip(names, parts, strict=True)
    }


def _sides_of_folders(case: Case) -> Files:
    """``<version>_<name>/up.sql`` and ``down.sql``; for Diesel with a metadata.toml that takes the transaction away."""
    place = os.path.dirname(case.path)
    undone = case.there(os.path.join(place, "down.sql"))
    below = parts_of(undone) if undone is not None else []
    above, below = _level(parts_of(_up_side(case, os.path.join(place, "up.sql"))), below, undone is not None)
    root, folder = os.path.split(place)
    made: Files = {}
    for number, name in enumerate(versions(case, root, folder, len(above))):
        made[os.path.join(root, name, "up.sql")] = above[number].lstrip(b"\r\n")
        if undone is not None:
            made[os.path.join(root, name, "down.sql")] = below[number].lstrip(b"\r\n")
        settings = case.there(os.path.join(root, name, "metadata.toml")) or b""
        if case.project.tool.name == "diesel" and b"run_in_transaction" not in settings:
            made[os.path.join(root, name, "metadata.toml")] = settings + b"run_in_transaction = false\n"
    return made


def _dbmate(case: Case) -> Files:
    """Both sides in one file, behind their directives."""
    sides: dict[str, Section] = {}
    for section in case.sections:
        if section.direction in sides:
            raise Refused("it has several blocks of one side")
        sides[section.direction] = section
    above = _block(sides.get("up"))
    below = _block(sides.get("down"))
    if not above[1]:
        raise Refused("it has no -- migrate:up block")
    ups, downs = _level(above[1], below[1], bool(below[1]))
    folder, name = os.path.split(case.path)
    stem = name.removesuffix(".sql")
    head = case.content[: sides["up"].origin.place(0)]
    ending = line_ending(case.content).encode()
    made: Files = {}
    for number, stem_of in enumerate(versions(case, folder, stem, len(ups))):
        text = (head if number == 0 else b"") + above[0] + ending + ups[number].strip(b"\r\n") + ending
        if downs:
            text += ending + below[0] + ending + downs[number].strip(b"\r\n") + ending
        made[os.path.join(folder, f"{stem_of}.sql")] = text
    return made


def _block(section: Section | None) -> tuple[bytes, list[bytes]]:
    """A block's directive, without a transaction, and its parts."""
    if section is None:
        return b"", []
    directive, _, rest = section.sql.partition(b"\n")
    directive = directive.rstrip(b"\r")
    if b"transaction:" not in directive:
        directive = directive.rstrip() + b" transaction:false"
    return directive.replace(b"transaction:true", b"transaction:false"), parts_of(rest)


SPLITS: dict[str, Callable[[Case], Files]] = {
    "dbmate": _dbmate,
    "diesel": _sides_of_folders,
    "golang-migrate": _two_files,
    "hasura": _sides_of_folders,
    "prisma": _folders,
    "refinery": _two_files,
    "sqlx": _two_files,
    "supabase": _two_files,
}


def tools() -> Sequence[str]:
    """The tools whose migrations can be split."""
    return sorted(SPLITS)

"""What a translation writes: the script, and what is in no statement of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from dsql_migrate.inputs.given import Choose
from dsql_migrate.inputs.mysql.keys import Known, Said
from dsql_migrate.inputs.mysql.meaning.kinds import Relation, Told
from dsql_migrate.inputs.mysql.names import Names
from dsql_migrate.inputs.spool import Spool
from dsql_migrate.rewrite.quoting import qualified
from dsql_migrate.schema.model import Key
from dsql_migrate.source.untranslated import Untranslated


@dataclass(frozen=True, slots=True)
class View:
    """A view of MySQL that waits for the tables and views that it reads."""

    key: Key
    columns: tuple[str, ...]  # named with it
    body: str
    line: int
    text: str  # of the whole statement


@dataclass(slots=True)
class Output:
    """The state of one translation."""

    file: str
    spool: Spool
    names: Names
    choose: Choose
    tables: dict[Key, Known] = field(default_factory=dict)
    behind: list[Said] = field(default_factory=list)  # numbers of identity columns: behind the rows
    views: list[View] = field(default_factory=list)  # behind all tables
    relations: dict[Key, Relation] = field(default_factory=dict)  # of the views that were made
    codec: str | None = None  # of the dump's characters; None: UTF-8
    utc: bool = False  # the dump says that its times are in UTC
    copying: tuple[Key, tuple[str, ...]] | None = None  # the COPY that is open, and its columns
    told: dict[str, int] = field(default_factory=dict)  # how often something was told that is told a few times only

    def say(self, line: int, sql: str) -> None:
        """One statement, which comes from a line of the dump and those behind it."""
        self.end_copy()
        self.spool.at(self.file, line)
        self.spool.put(f"{sql};\n".encode("utf-8", "surrogateescape"))

    def say_lines(self, parts: list[tuple[int, str]]) -> None:
        """One statement whose lines come from lines of their own."""
        self.end_copy()
        for line, text in parts:
            self.spool.at(self.file, line)
            self.spool.put(f"{text}\n".encode("utf-8", "surrogateescape"))

    def end_copy(self) -> None:
        """Close the COPY that is open."""
        if self.copying is not None:
            self.spool.put(b"\\.\n\n")
            self.copying = None

    def leave(
        self,
        kind: str,
        name: str,
        line: int,
        disposition: str,
        reason: str,
        text: str = "",
        *,
        rule: str | None = None,
        numbered: bool = False,
    ) -> None:
        """Enter what no statement of the script says."""
        part = Untranslated(kind, name, self.file, line, disposition, reason, rule, text, numbered)  # type: ignore[arg-type]
        self.spool.untranslated.append(part)

    def find(self, database: str | None, name: str) -> tuple[str, Relation | None]:
        """A table or view as the dump names it: how it is called now, and its columns where they are known."""
        key = self.names.key((database, name))
        known = self.table(key)
        if known is not None:
            return qualified(known.key), known.relation
        shown = next((k for k in self.relations if _lower(k) == _lower(key)), key)
        return qualified(shown), self.relations.get(shown)

    def table(self, key: Key) -> Known | None:
        """A table by its name, or by one that differs in case."""
        return self.tables.get(key) or next((t for k, t in self.tables.items() if _lower(k) == _lower(key)), None)

    def told_of(self, told: Told, name: str, line: int, text: str) -> None:
        """Enter what an expression says otherwise than MySQL did."""
        reasons = []
        if told.folded:
            reasons.append(
                "texts are compared in small letters, as MySQL's collation does not look at case; accents and blanks "
                "at the end, which it leaves out of account too, are looked at"
            )
        if told.folded or told.cased:
            reasons.append("letters beyond ASCII change their case only where the collation of the database has them")
        if reasons:
            self.leave("collation", name, line, "rewritten", "; ".join(reasons), text)

    def put(self, part: Said | Untranslated) -> None:
        """One or the other."""
        if isinstance(part, Said):
            self.say(part.line, part.sql)
        else:
            self.spool.untranslated.append(part)


def _lower(key: Key) -> Key:
    return key[0].lower(), key[1].lower()

"""A dump of MySQL or MariaDB as a PostgreSQL script."""

from __future__ import annotations

import re
from collections.abc import Callable

from dsql_migrate.inputs.given import Choose
from dsql_migrate.inputs.mysql import loading
from dsql_migrate.inputs.mysql.expressions import Untranslatable, change_of
from dsql_migrate.inputs.mysql.keys import keys_of, references_of
from dsql_migrate.inputs.mysql.names import Names, databases
from dsql_migrate.inputs.mysql.output import Output
from dsql_migrate.inputs.mysql.programs import make_views, program, view
from dsql_migrate.inputs.mysql.statements import Statement, statements
from dsql_migrate.inputs.mysql.table import alter_table, create_table
from dsql_migrate.inputs.mysql.tables import collations, identity, keys, make_table
from dsql_migrate.inputs.mysql.words import Walk
from dsql_migrate.inputs.spool import Spool
from dsql_migrate.rewrite.quoting import identifier, one_line, qualified
from dsql_migrate.source.open import Source, open_source

_CODECS = {  # character sets of MySQL in Python; None: UTF-8, or none at all
    "utf8mb4": None, "utf8": None, "utf8mb3": None, "binary": None, "ascii": None, "latin1": "cp1252",
    "latin2": "iso8859-2", "latin5": "iso8859-9", "cp1250": "cp1250", "cp1251": "cp1251", "cp1256": "cp1256",
    "gbk": "gbk", "gb2312": "gb2312", "gb18030": "gb18030", "big5": "big5", "sjis": "cp932", "cp932": "cp932",
    "ujis": "euc_jp", "euckr": "euc_kr", "koi8r": "koi8-r", "greek": "iso8859-7", "hebrew": "iso8859-8",
    "tis620": "tis-620",
}  # fmt: skip
# What a client of MySQL says around a dump, and what has no meaning in another database.
_SESSION = frozenset(
    ("set", "lock", "unlock", "start", "commit", "begin", "rollback", "flush", "change", "analyze", "optimize", "reset",
     "use", "purge", "stop", "select", "show", "check", "repair", "sandbox", "xa")
)  # fmt: skip
_NAMES = re.compile(rb"(?i)\bSET\s+NAMES\s+'?(\w+)")
_ZONE = re.compile(rb"(?i)\bTIME_ZONE\s*=\s*['\"]\+00:00['\"]")
_DEFINER = re.compile(r"(?i)\s+DEFINER\s*=\s*(?:`[^`]*`|'[^']*'|\w+)(?:@(?:`[^`]*`|'[^']*'|[\w%.]+))?(?:\(\))?")
_CREATED = re.compile(
    r"(?i)create(?:\s+or\s+replace)?(?:\s+algorithm\s*=\s*\w+)?(?:\s+aggregate)?(?:\s+sql\s+security\s+\w+)?"
    r"(?:\s+(?:unique|fulltext|spatial|temporary))?\s+(\w+)"
)
_PROGRAMS = frozenset(("trigger", "procedure", "function", "event", "package"))
_STAND_IN = b"Stand-in structure for view"
_FIRST = 60


def translated(path: str, choose: Choose, advance: Callable[[int], None] | None = None) -> Source:
    """The script that a dump becomes. ``choose``: see ``Output``; ``advance`` is told how many bytes were read.

    What could not be carried is in ``Source.untranslated``. Raises InputError where the file cannot be read.
    """
    with open_source(path) as source:
        spool = Spool(source.label)
        asked: dict[tuple[str, str], str] = {}

        def ask(key: str, id: str) -> str:
            if (key, id) not in asked:
                asked[key, id] = choose(key, id)
            return asked[key, id]

        out = Output(source.label, spool, Names(databases(source)), ask)
        try:
            session = _Script(out).run(source, advance)
        except BaseException:
            spool.close()
            raise
        digest = source.sha256
    reason = "from MySQL to PostgreSQL: the translation is what is replayed; no MySQL has loaded the dump to compare"
    out.leave("translation", source.label, 1, "rewritten", reason)
    if session:
        name = f"session ({session[1]:,} statement{'s' if session[1] > 1 else ''})"
        out.leave("setting", name, session[0], "dropped", "what a client of MySQL sets for its dump")
    found = spool.source(lambda: digest, {"dialect": "mysql"})
    found.asked = tuple(key for key in asked if key[0] != "zero-dates" or key[1].partition(":")[2] in out.told)
    return found


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


class _Script:
    def __init__(self, out: Output) -> None:
        self.out = out
        self.session: list[int] = []  # the first line, and how many
        self.zoned: int | None = None  # line of the first TIMESTAMP column

    def run(self, source: Source, advance: Callable[[int], None] | None) -> list[int]:
        for statement in statements(source):
            if advance:
                advance(len(statement.text))
            try:
                self._statement(statement)
            except ValueError as error:
                self._unknown(statement, str(error))
        self._finish()
        return self.session

    def _statement(self, statement: Statement) -> None:
        word = statement.words[0] if statement.words else ""
        if not statement.closed:
            self._unknown(statement, "a quote or a comment in it is never closed")
        elif word in ("insert", "replace"):
            left = loading.load(self.out, statement)
            if left:
                self._query(statement, left)
        elif word == "create":
            self._create(statement)
        elif word == "alter":
            self._alter(statement)
        elif word == "drop":
            self._drop(statement)
        elif word in ("update", "delete", "truncate"):
            self._query(statement)
        elif word in ("grant", "revoke"):
            text = self._text(statement)
            self.out.leave("grant", one_line(text)[:_FIRST], statement.line, "dropped",
                           "roles on DSQL are tied to IAM", text, numbered=True)  # fmt: skip
        elif word in _SESSION:
            self._set(statement, word)
        elif statement.executed.strip():
            self._unknown(statement, "this statement of MySQL is not known")

    def _text(self, statement: Statement) -> str:
        return statement.executed.decode(self.out.codec or "utf-8", "surrogateescape")

    def _unknown(self, statement: Statement, why: str) -> None:
        text = self._text(statement)
        first = one_line(text.strip()[:_FIRST])
        reason = f"not read: {why}"
        self.out.leave("statement", first, statement.line, "unknown", reason, text, rule="DSQL901", numbered=True)

    # -- the session ----------------------------------------------------------------------------------------------

    def _set(self, statement: Statement, word: str) -> None:
        executed = statement.executed
        if (found := _NAMES.search(executed)) is not None:
            name = found.group(1).decode("ascii").lower()
            self.out.codec = _CODECS.get(name)
        if _ZONE.search(executed):
            self.out.utc = True
        if word == "use":
            walk = Walk(self._text(statement))
            walk.take("use")
            schema = self.out.names.use(walk.name())
            if schema is not None and schema != "public":
                self.out.say(statement.line, f"CREATE SCHEMA IF NOT EXISTS {identifier(self.out.names.schema())}")
        self._said(statement)

    def _said(self, statement: Statement) -> None:
        if not self.session:
            self.session = [statement.line, 0]
        self.session[1] += 1

    # -- objects --------------------------------------------------------------------------------------------------

    def _create(self, statement: Statement) -> None:
        text = _DEFINER.sub(lambda m: " " * len(m.group()), self._text(statement), count=1)
        found = _CREATED.match(text.lstrip())
        kind = found.group(1).lower() if found else ""
        if kind == "table":
            self._table(statement, text)
        elif kind == "view":
            view(self.out, statement, text)
        elif kind in _PROGRAMS:
            program(self.out, statement, self._text(statement), kind)
        elif kind == "index":
            self._index(statement, text)
        elif kind in ("database", "schema"):
            self._said(statement)
        elif kind in ("user", "role"):
            name, reason = one_line(text.strip()[:_FIRST]), "a role on DSQL is tied to IAM"
            self.out.leave("role", name, statement.line, "dropped", reason, text, rule="DSQL522", numbered=True)
        else:
            self._unknown(statement, "what it makes is not known")

    def _table(self, statement: Statement, text: str) -> None:
        try:
            table = create_table(text, statement.line)
        except ValueError as error:
            self._unknown(statement, str(error))
            return
        if statement.text.startswith(b"/*!50001", statement.body) or _STAND_IN in statement.text[: statement.body]:
            self._said(statement)  # for a view that comes later: mysqldump's, phpMyAdmin's
            return
        if self.zoned is None:
            self.zoned = next((c.line for c in table.columns if c.type == "timestamp"), None)
        make_table(self.out, table)

    def _alter(self, statement: Statement) -> None:
        if "table" not in statement.words[:2]:
            self._said(statement)  # ALTER DATABASE … CHARACTER SET, around routines
            return
        try:
            table = alter_table(self._text(statement), statement.line)
        except ValueError as error:
            self._unknown(statement, str(error))
            return
        known = self.out.tables.get(self.out.names.key(table.name))
        if known is None:
            self._unknown(statement, "the dump makes no such table")
            return
        if not (table.columns or table.indexes or table.references or table.checks or table.others or table.options):
            self._said(statement)  # DISABLE KEYS
            return
        on = f"ALTER TABLE {qualified(known.key)}"
        for index in table.indexes:
            if index.kind == "primary":
                known.primary = tuple(known.column(part.column or "") for part in index.parts)
                listed = ", ".join(map(identifier, known.primary))
                self.out.say(index.line, f"{on}\n    ADD PRIMARY KEY ({listed})")
        for column in table.columns:  # MODIFY, which phpMyAdmin writes to let a column count
            if column.auto_increment:
                name = known.column(column.name)
                clause = identity(known, name)
                if name not in known.not_null and name not in known.primary:
                    self.out.say(column.line, f"{on} ALTER COLUMN {identifier(name)} SET NOT NULL")
                self.out.say(column.line, f"{on}\n    ALTER COLUMN {identifier(name)} ADD {clause}")
            else:
                table.others.append(f"MODIFY {column.text}")
        keys(self.out, known, table)
        for other in [*table.others, *(check.text for check in table.checks)]:
            name, reason = f"ALTER TABLE {known.key[1]} {one_line(other)}", "this change of a table is not followed"
            self.out.leave(
                "statement", name[:_FIRST], statement.line, "unknown", reason, other, rule="DSQL901", numbered=True
            )

    def _index(self, statement: Statement, text: str) -> None:
        """CREATE INDEX is an ALTER TABLE … ADD INDEX."""
        walk = Walk(text)
        walk.take("create")
        walk.take("or", "replace")
        kind = walk.next().text if not walk.is_("index") else ""
        walk.take("index")
        walk.take("if", "not", "exists")
        try:
            name = walk.name()
            if walk.take("using"):
                walk.next()  # its method stands before ON, or behind the columns
            if not walk.take("on"):
                raise ValueError("an index without ON")
            table = ".".join(_quoted(part) for part in walk.qualified() if part is not None)
            rest = walk.text[walk.here.start :] if walk.here else ""
        except ValueError as error:
            self._unknown(statement, str(error))
            return
        made = alter_table(f"ALTER TABLE {table} ADD {kind} INDEX {_quoted(name)} {rest}", statement.line)
        known = self.out.tables.get(self.out.names.key(made.name))
        if known is None:
            self._unknown(statement, "the dump makes no such table")
            return
        keys(self.out, known, made)

    def _drop(self, statement: Statement) -> None:
        words = statement.words
        if words[1:2] not in (("table",), ("view",)):
            self._said(statement)
            return
        walk = Walk(self._text(statement))
        walk.take("drop")
        kind = walk.next().text
        walk.take("if", "exists")
        names = [self.out.names.key(walk.qualified())]
        while walk.take(","):
            names.append(self.out.names.key(walk.qualified()))
        for name in names:
            if name in self.out.tables and kind == "table":
                del self.out.tables[name]
                self.out.say(statement.line, f"DROP TABLE {qualified(name)}")
            else:
                self._said(statement)  # what an empty database does not have

    def _query(self, statement: Statement, part: bytes | None = None) -> None:
        """A statement about rows, or what is left of one."""
        text = self._text(statement) if part is None else part.decode(self.out.codec or "utf-8", "surrogateescape")
        try:
            sql = change_of(text, self.out.find)
        except Untranslatable as error:
            self._unknown(statement, str(error))
            return
        self.out.say(statement.line, sql)

    # -- the end --------------------------------------------------------------------------------------------------

    def _finish(self) -> None:
        out = self.out
        out.end_copy()
        for said in out.behind:
            out.say(said.line, said.sql)
        for table in out.tables.values():
            for part in keys_of(out.file, table, out.names):
                out.put(part)
        for table in out.tables.values():
            for part in references_of(out.file, table, out.tables, out.names):
                out.put(part)
        make_views(out)
        collations(out)
        loading.more_refused(out)
        if self.zoned is not None and not out.utc:
            reason = "the dump does not say in which time zone its TIMESTAMPs are: they are taken for UTC"
            out.leave("setting", "time_zone", self.zoned, "application", reason)

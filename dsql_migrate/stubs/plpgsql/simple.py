"""The statements of PL/pgSQL that hold no others."""

from __future__ import annotations

from dsql_migrate.stubs.plpgsql import tree
from dsql_migrate.stubs.plpgsql.pieces import Pieces
from dsql_migrate.stubs.plpgsql.tree import Place, Sql, Statement, Text

_LEVELS = frozenset({"debug", "log", "info", "notice", "warning", "exception"})


class Simple(Pieces):
    """A body while it is read: its statements that end at their semicolon."""

    def condition(self) -> str:
        """A name, or SQLSTATE 'xxxxx'."""
        if self.word() == "sqlstate" and self.tokens[self.i + 1].name == "SCONST":
            self.i += 2
            return f"SQLSTATE {self.string(self.i - 1)}"
        return self.name()

    # -- simple statements ------------------------------------------------------------------------------------------

    def assign(self) -> Statement:
        line, end = self.line(self.i), self.end_of_statement()
        place = self.place()
        made = tree.Assign(line, place, self.sql(self.i + 1, end))
        self.i = end + 1
        return made

    def run_sql(self) -> Statement:
        """An SQL statement; INTO and its targets are taken out of it."""
        first, line, end = self.i, self.line(self.i), self.end_of_statement()
        for at in range(first + 1, end):
            if (
                self.words[at] == "into"
                and self.words[at - 1] not in ("insert", "merge")
                and self.words[first] != "import"
            ):
                self.i = at + 1
                strict = self.word() == "strict"
                self.i += strict
                into = self.places(end)
                query = self.without(first, end, (at, self.i))
                self.i = end + 1
                return tree.Run(line, query, into, strict)
        self.i = end + 1
        return tree.Run(line, self.sql(first, end))

    def perform(self) -> Statement:
        line, end = self.line(self.i), self.end_of_statement()
        rest = self.sql(self.i + 1, end)
        self.i = end + 1
        return tree.Perform(line, Sql(f"SELECT {rest.text}", rest.line))

    def execute(self) -> Statement:
        """EXECUTE text, with INTO and USING in any order."""
        line, end = self.line(self.i), self.end_of_statement()
        first = self.i + 1
        at = min(self.until(first, "into", "using"), end)
        text, into, strict, using = self.sql(first, at), (), False, ()
        places: tuple[Place, ...] = into
        values: tuple[Sql, ...] = using
        while at < end:
            if self.words[at] == "into":
                self.i = at + 1
                strict = self.word() == "strict"
                self.i += strict
                places = self.places(end)
                at = self.i
                if at < end and self.words[at] != "using":
                    raise self.trouble("USING is expected", at)
            else:
                next_ = min(self.until(at + 1, "into"), end)
                values, at = self.sqls(at + 1, next_), next_
        self.i = end + 1
        return tree.Execute(line, Text(text, values), places, strict)

    def return_(self) -> Statement:
        line, end = self.line(self.i), self.end_of_statement()
        first, self.i = self.i + 1, end + 1
        word = self.words[first]
        if word == "next":
            return tree.ReturnNext(line, self.sql(first + 1, end) if first + 1 < end else None)
        if word == "query" and self.words[first + 1] == "execute":
            return tree.ReturnQuery(line, self.using(first + 2, end))
        if word == "query":
            return tree.ReturnQuery(line, self.sql(first + 1, end))
        return tree.Return(line, self.sql(first, end) if first < end else None)

    def leave(self) -> Statement:
        line, end, again = self.line(self.i), self.end_of_statement(), self.word() == "continue"
        self.i += 1
        label = self.name() if self.word() not in ("when", ";") else None
        condition = None
        if self.word() == "when":
            condition = self.sql(self.i + 1, end)
        elif self.i != end:
            raise self.trouble("WHEN is expected")
        self.i = end + 1
        return tree.Leave(line, again, label, condition)

    def raise_(self) -> Statement:
        line, end = self.line(self.i), self.end_of_statement()
        self.i += 1
        level = "exception"
        if self.word() in _LEVELS:
            level = self.word()
            self.i += 1
        using = min(self.until(self.i, "using"), end)
        format_, condition, values = None, None, ()
        found: tuple[Sql, ...] = values
        if self.i < using:
            if self.tokens[self.i].name in ("SCONST", "USCONST"):
                format_ = self.string(self.i)
                self.i += 1
                if self.i < using and self.word() != ",":
                    raise self.trouble("a comma is expected")
                found = self.sqls(self.i + 1, using)
            else:
                condition = self.condition()
                if self.i != using:
                    raise self.trouble("USING is expected")
        options = []
        for first, behind in self.listed(using + 1, end):
            if self.words[first + 1] not in ("=", ":="):
                raise self.trouble("= is expected", first + 1)
            options.append((self.words[first], self.sql(first + 2, behind)))
        self.i = end + 1
        return tree.Raise(line, level, format_, found, condition, tuple(options))

    def assert_(self) -> Statement:
        line, end = self.line(self.i), self.end_of_statement()
        parts = self.sqls(self.i + 1, end)
        self.i = end + 1
        return tree.Assert(line, parts[0], parts[1] if len(parts) > 1 else None)

    def diagnostics(self) -> Statement:
        line, end = self.line(self.i), self.end_of_statement()
        stacked = self.word(1) == "stacked"
        self.i += 2 if self.word(1) in ("stacked", "current") else 1
        self.expect("diagnostics")
        items = []
        while self.i < end:
            place = self.place()
            if self.word() not in ("=", ":="):
                raise self.trouble("= is expected")
            items.append((place, self.word(1)))
            self.i += 3
        self.i = end + 1
        return tree.Diagnostics(line, stacked, tuple(items))

    # -- cursors ----------------------------------------------------------------------------------------------------

    def open(self) -> Statement:
        line, end = self.line(self.i), self.end_of_statement()
        self.i += 1
        cursor, scroll = self.place(), None
        if self.word() in ("no", "scroll"):
            scroll = self.word() == "scroll"
            self.i += 1 if scroll else 2
        source: Sql | Text | None = None
        arguments: tuple[tuple[str | None, Sql], ...] = ()
        if self.word() == "for":
            execute = self.word(1) == "execute"
            source = self.using(self.i + 2, end) if execute else self.sql(self.i + 1, end)
        elif self.word() == "(":
            arguments = self.arguments(self.i + 1, end - 1)
        elif self.i != end:
            raise self.trouble("FOR is expected")
        self.i = end + 1
        return tree.OpenCursor(line, cursor, source, arguments, scroll)

    def fetch(self) -> Statement:
        """FETCH [direction FROM] cursor INTO targets, and MOVE."""
        line, end, move = self.line(self.i), self.end_of_statement(), self.word() == "move"
        into = min(self.until(self.i, "into"), end)
        at = min(self.until(self.i, "from", "in"), into)
        direction = ""
        if at < into:
            direction, self.i = self.text(self.i + 1, at), at + 1
        else:
            self.i += 1
            if into - self.i > 1 and self.words[self.i + 1] != ".":  # FETCH NEXT cursor
                direction, self.i = self.text(self.i, into - 1), into - 1
        cursor = self.place()
        self.i = into + 1
        targets = self.places(end) if into < end else ()
        self.i = end + 1
        return tree.Fetch(line, direction.lower(), cursor, targets, move)

    def close(self) -> Statement:
        line, end = self.line(self.i), self.end_of_statement()
        self.i += 1
        made = tree.Close(line, self.place())
        self.i = end + 1
        return made

    def null(self) -> Statement:
        line = self.line(self.i)
        self.expect("null", ";")
        return tree.Null(line)

    def finish(self) -> Statement:
        line, end = self.line(self.i), self.end_of_statement()
        made = tree.Finish(line, self.text(self.i, end))
        self.i = end + 1
        return made

"""A body of PL/pgSQL read to its tree, following pl_gram.y: structure by keywords, SQL up to the semicolon."""

from __future__ import annotations

from collections.abc import Callable

from dsql_migrate.source.parse import Unparsable
from dsql_migrate.stubs.plpgsql import tree
from dsql_migrate.stubs.plpgsql.pieces import folded
from dsql_migrate.stubs.plpgsql.simple import Simple
from dsql_migrate.stubs.plpgsql.tree import Declaration, Open, Sql, Statement, Statements, Text

_STOPS = frozenset({"end", "else", "elsif", "elseif", "when", "exception"})
_QUERY = frozenset({"select", "with", "values", "table", "insert", "update", "delete", "merge", "explain", "show", "("})
_CONFLICTS: dict[str, tree.Conflict] = {
    "error": "error", "use_variable": "use_variable", "use_column": "use_column",
}  # fmt: skip


def read(body: str | bytes) -> tree.Body:
    """The tree of a body (the text between AS $$ and $$). Raises Unparsable, with a byte offset into the body."""
    text = body.encode("utf-8", "surrogateescape") if isinstance(body, str) else body
    try:
        return _Reader(text).run()
    except RecursionError:
        raise Unparsable("nested too deep", 0) from None


class _Reader(Simple):
    """One body while it is read."""

    def run(self) -> tree.Body:
        conflict: tree.Conflict = "error"
        while self.word() == "#":
            if self.word(1) == "variable_conflict":
                conflict = _CONFLICTS.get(self.word(2), "error")
            self.i += 3
        if self.word() not in ("<<", "declare", "begin"):
            raise self.trouble("a body starts with DECLARE or BEGIN")
        block = self.block(self.label())
        while self.word() == ";":
            self.i += 1
        if self.i < len(self.words):
            raise self.trouble("nothing may follow the END of a body")
        return tree.Body(block, conflict)

    # -- lists of statements ----------------------------------------------------------------------------------------

    def statements(self) -> Statements:
        """Statements up to the word that ends their list, each with the comments before it."""
        found: list[Statement] = []
        _, alone = self.remarks()
        found += alone
        while not (self.word() in _STOPS and self.assignment() is None):
            if self.i >= len(self.words):
                raise self.trouble("END is missing")
            if self.word() == ";":
                raise self.trouble("a statement is missing")
            made = self.statement()
            beside, alone = self.remarks()
            found += [*beside, made, *alone]
        return tuple(found)

    def statement(self) -> Statement:
        label = self.label()
        word = self.word()
        if label is None and self.assignment() is not None:
            return self.assign()
        if word in ("declare", "begin"):
            made = self.block(label)
            self.expect(";")
            return made
        if word in _LOOPS:
            return _LOOPS[word](self, label)
        if label is not None:
            raise self.trouble("a label stands before a block or a loop")
        maker = _STATEMENTS.get(word)
        return self.run_sql() if maker is None else maker(self)

    def label(self) -> str | None:
        if self.word() != "<<":
            return None
        self.i += 1
        name = self.name()
        self.expect(">>")
        return name

    # -- blocks -----------------------------------------------------------------------------------------------------

    def block(self, label: str | None) -> tree.Block:
        """A block from DECLARE or BEGIN to behind its END and the label there."""
        line = self.line(self.i)
        declarations: list[Declaration] = []
        while self.word() == "declare":
            self.i += 1
            while self.word() not in ("begin", "declare"):
                declarations.append(self.declaration())
        self.expect("begin")
        body = self.statements()
        handlers: list[tree.Handler] = []
        if self.word() == "exception":
            self.i += 1
            while self.word() == "when":
                handlers.append(self.handler())
            if not handlers:
                raise self.trouble("WHEN is missing")
        self.expect("end")
        if self.word() not in (";", ""):
            self.name()
        return tree.Block(line, body, label, tuple(declarations), tuple(handlers))

    def handler(self) -> tree.Handler:
        line = self.line(self.i)
        self.i += 1
        conditions = [self.condition()]
        while self.word() == "or":
            self.i += 1
            conditions.append(self.condition())
        self.expect("then")
        return tree.Handler(tuple(conditions), self.statements(), line)

    def declaration(self) -> Declaration:
        line = self.line(self.i)
        name = self.name()
        end = self.end_of_statement()
        if self.word() == "alias":
            self.expect("alias", "for")
            place = self.place()
            self.i = end + 1
            return tree.Alias(name, place.names, line)
        if "cursor" in self.words[self.i : min(self.i + 3, end)]:
            return self.cursor(name, line, end)
        constant = self.word() == "constant"
        self.i += constant
        stops = (":=", "=", "default", "not", "collate")
        at = min(self.until(self.i, *stops), end)
        kind, collation, not_null, default = self.text(self.i, at), None, False, None
        if not kind:
            raise self.trouble("a type is missing")
        if at < end and self.words[at] == "collate":
            next_ = min(self.until(at + 1, ":=", "=", "default", "not"), end)
            collation, at = self.text(at + 1, next_), next_
        if at < end and self.words[at] == "not":
            if self.words[at + 1] != "null":
                raise self.trouble("NOT NULL is expected", at)
            not_null, at = True, at + 2
        if at < end:
            if self.words[at] not in (":=", "=", "default"):
                raise self.trouble("a default is expected", at)
            default = self.sql(at + 1, end)
        self.i = end + 1
        return tree.Variable(name, kind, line, constant, not_null, collation, default)

    def cursor(self, name: str, line: int, end: int) -> tree.Cursor:
        scroll = None
        if self.word() in ("no", "scroll"):
            scroll = self.word() == "scroll"
            self.i += 1 if scroll else 2
        self.expect("cursor")
        arguments = []
        if self.word() == "(":
            close = self.closing(self.i)
            for first, behind in self.listed(self.i + 1, close):
                arguments.append((folded(self.tokens[first]), self.text(first + 1, behind)))
            self.i = close + 1
        if self.word() not in ("for", "is"):
            raise self.trouble("FOR is missing")
        query = self.sql(self.i + 1, end)
        self.i = end + 1
        return tree.Cursor(name, tuple(arguments), query, line, scroll)

    # -- branches ---------------------------------------------------------------------------------------------------

    def head(self, stop: str) -> Sql:
        """A condition from behind the word at hand to THEN or LOOP, and go behind that."""
        first, end = self.i + 1, self.until(self.i + 1, stop)
        if end >= len(self.words):
            raise self.trouble(f"{stop.upper()} is missing")
        self.i = end + 1
        return self.sql(first, end)

    def if_(self) -> Statement:
        line, branches, otherwise = self.line(self.i), [], ()
        rest: Statements = otherwise
        while self.word() in ("if", "elsif", "elseif"):
            condition = self.head("then")
            branches.append((condition, self.statements()))
        if self.word() == "else":
            self.i += 1
            rest = self.statements()
        self.expect("end", "if", ";")
        return tree.If(line, tuple(branches), rest)

    def case(self) -> Statement:
        line, when = self.line(self.i), self.until(self.i + 1, "when")
        subject = self.sql(self.i + 1, when) if when > self.i + 1 else None
        self.i = when
        branches = []
        otherwise = None
        while self.word() == "when":
            first, then = self.i + 1, self.until(self.i + 1, "then")
            values = self.sqls(first, then) if subject is not None else (self.sql(first, then),)
            self.i = then + 1
            branches.append((values, self.statements()))
        if self.word() == "else":
            self.i += 1
            otherwise = self.statements()
        self.expect("end", "case", ";")
        return tree.Case(line, subject, tuple(branches), otherwise)

    # -- loops ------------------------------------------------------------------------------------------------------

    def loop_body(self) -> Statements:
        """The statements of a loop, its END and the label there."""
        body = self.statements()
        self.expect("end", "loop")
        if self.word() != ";":
            self.name()
        self.expect(";")
        return body

    def loop(self, label: str | None) -> Statement:
        line, condition = self.line(self.i), None
        if self.word() == "while":
            condition = self.head("loop")
        else:
            self.i += 1
        return tree.Loop(line, condition, self.loop_body(), label)

    def foreach(self, label: str | None) -> Statement:
        line, slice_ = self.line(self.i), 0
        self.i += 1
        targets = self.places(len(self.words))
        if self.word() == "slice":
            slice_ = int(self.word(1))
            self.i += 2
        self.expect("in")
        if self.word() != "array":
            raise self.trouble("ARRAY is missing")
        array = self.head("loop")
        return tree.Each(line, targets, slice_, array, self.loop_body(), label)

    def for_(self, label: str | None) -> Statement:
        """FOR over numbers, a query, a text that is executed, or a cursor."""
        line, end = self.line(self.i), self.until(self.i, "loop")
        self.i += 1
        targets = self.places(end)
        self.expect("in")
        first, word = self.i, self.word()
        if end >= len(self.words):
            raise self.trouble("LOOP is missing")
        dots = self.until(first, "..")
        behind = self.closing(first + 1) + 1 if self.words[first + 1] == "(" else first + 1
        source: Sql | Text | Open
        if dots < end:
            first += word == "reverse"
            by = min(self.until(dots, "by"), end)
            step = self.sql(by + 1, end) if by < end else None
            bounds = self.sql(first, dots), self.sql(dots + 1, by)
            self.i = end + 1
            name = targets[0].names[-1]
            return tree.Count(line, name, word == "reverse", *bounds, step, self.loop_body(), label)
        if word == "execute":
            source = self.using(first + 1, end)
        elif word not in _QUERY and behind == end:
            source = Open(folded(self.tokens[first]), self.arguments(first + 2, end - 1) if behind > first + 1 else ())
        else:
            source = self.sql(first, end)
        self.i = end + 1
        return tree.Rows(line, targets, source, self.loop_body(), label)


_STATEMENTS: dict[str, Callable[[_Reader], Statement]] = {
    "perform": _Reader.perform,
    "execute": _Reader.execute,
    "return": _Reader.return_,
    "exit": _Reader.leave,
    "continue": _Reader.leave,
    "raise": _Reader.raise_,
    "assert": _Reader.assert_,
    "get": _Reader.diagnostics,
    "open": _Reader.open,
    "fetch": _Reader.fetch,
    "move": _Reader.fetch,
    "close": _Reader.close,
    "null": _Reader.null,
    "commit": _Reader.finish,
    "rollback": _Reader.finish,
    "if": _Reader.if_,
    "case": _Reader.case,
}
_LOOPS: dict[str, Callable[[_Reader, str | None], Statement]] = {
    "loop": _Reader.loop,
    "while": _Reader.loop,
    "for": _Reader.for_,
    "foreach": _Reader.foreach,
}

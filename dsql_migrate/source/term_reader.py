"""From PostgreSQL's parse tree to terms."""

from __future__ import annotations

from typing import Any

from dsql_migrate.source.build.literals import literal, strings, text
from dsql_migrate.source.build.reading import Reading
from dsql_migrate.source.facts import NOWHERE, Name, Span, TypeName
from dsql_migrate.source.parse import Node, Unparsable, parse, parse_many
from dsql_migrate.source.terms import Relation, Term, Terms


def read_terms(sql: bytes) -> Terms:
    """The terms of a text that holds any number of statements. Raises Unparsable."""
    trees = parse_many(sql)
    builder = _Builder(sql)
    return builder.finish([builder.node(kind, node, -1) for kind, node in trees])


def read_statement(sql: bytes) -> Terms:
    """The terms of one statement, in which DSQL's ASYNC may stand. Raises Unparsable."""
    parsed = parse(sql)
    builder = _Builder(sql)
    return builder.finish([builder.node(parsed.kind, parsed.node, -1)])


def read_expression(sql: bytes) -> Terms:
    """The terms of an expression by itself; its columns stand in no query. Raises Unparsable."""
    lead = b"SELECT "
    ((kind, node),) = parse_many(lead + sql) or [("", {})]
    if kind != "SelectStmt" or len(node.get("targetList", ())) != 1:
        raise Unparsable("no expression", 0)
    builder = _Builder(lead + sql, len(lead))
    return builder.finish(builder.inside(node["targetList"], -1))


_SIGNS = {
    "AEXPR_OP": "operation",
    "AEXPR_OP_ANY": "any",
    "AEXPR_OP_ALL": "all",
    "AEXPR_DISTINCT": "operation",
    "AEXPR_NOT_DISTINCT": "operation",
}
_FUNCTION_LIKE = {"CoalesceExpr": "coalesce", "MinMaxExpr": "greatest"}
_TESTS = {
    "IS_NULL": "is null", "IS_NOT_NULL": "is not null", "IS_TRUE": "is true", "IS_NOT_TRUE": "is not true",
    "IS_FALSE": "is false", "IS_NOT_FALSE": "is not false", "IS_UNKNOWN": "is unknown",
    "IS_NOT_UNKNOWN": "is not unknown",
}  # fmt: skip
_BOOLEANS = {"AND_EXPR": "and", "OR_EXPR": "or", "NOT_EXPR": "not"}


class _Builder:
    """One text while its tree is walked. ``shift``: bytes that stand before the text proper."""

    def __init__(self, sql: bytes, shift: int = 0) -> None:
        self.reading = Reading(sql)
        self.shift = shift
        self.relations: list[Relation] = []
        self.outer: list[int] = []
        self.types: list[TypeName] = []
        self.common: list[dict[str, Term | None]] = []  # by query: its WITH
        self.joins: dict[int, list[Term]] = {}  # by query: the conditions of its joins

    def finish(self, roots: list[Term]) -> Terms:
        return Terms(tuple(roots), tuple(self.relations), tuple(self.outer), tuple(self.types))

    # -- places -----------------------------------------------------------------------------------------------------

    def span(self, first: int, behind: int) -> Span:
        """From token ``first`` to the one before ``behind``, grown until its brackets are closed."""
        words = self.reading.words
        depth, lowest = 0, 0
        for word in words[first:behind]:
            depth += word in ("(", "[") or word == "case"
            depth -= word in (")", "]") or (word == "end" and depth > 0)
            lowest = min(lowest, depth)
        while lowest < 0 and first > 0:
            first -= 1
            if words[first] in ("(", "["):
                lowest += 1
                depth += 1
            elif words[first] in (")", "]"):
                lowest -= 1
                depth -= 1
        while depth > 0 and behind < len(words):
            depth += words[behind] in ("(", "[", "case")
            depth -= words[behind] in (")", "]", "end")
            behind += 1
        found = self.reading.between(first, max(behind - 1, first))
        return Span(found.start - self.shift, found.end - self.shift)

    def token(self, fields: Node) -> int | None:
        """The number of the token at a node's place."""
        at = fields.get("location", -1)
        return self.reading.index(at) if isinstance(at, int) and at >= 0 else None

    def around(self, terms: list[Term], at: int | None, behind: int | None = None) -> Span:
        """The bytes that hold terms, and the tokens ``at`` to the one before ``behind``."""
        index = self.reading.index
        placed = [t.span for t in terms if t.span.end > t.span.start]
        firsts = [index(span.start + self.shift) for span in placed]
        lasts = [index(span.end + self.shift) for span in placed]
        if at is not None:
            firsts.append(at)
            lasts.append(behind if behind is not None else at + 1)
        return self.span(min(firsts), max(lasts)) if firsts else NOWHERE

    # -- expressions ------------------------------------------------------------------------------------------------

    def inside(self, value: Any, scope: int) -> list[Term]:
        """The terms of whatever a field holds."""
        found: list[Term] = []
        if isinstance(value, list):
            for item in value:
                found += self.inside(item, scope)
        elif isinstance(value, dict):
            for kind, fields in value.items():
                if kind == "ResTarget":
                    found += self.inside(fields.get("val"), scope) + self.inside(fields.get("indirection"), scope)
                elif kind[:1].isupper() and isinstance(fields, dict):
                    found.append(self.node(kind, fields, scope))
                elif kind in ("typeName", "argType", "returnType") and isinstance(fields, dict):
                    self.type(fields)
                elif kind in ("larg", "rarg") and isinstance(fields, dict) and "op" in fields:
                    found.append(self.select(fields, scope))
                elif isinstance(fields, (dict, list)):
                    found += self.inside(fields, scope)
        return found

    def type(self, fields: Node) -> TypeName:
        found = self.reading.type(fields)
        span = Span(found.span.start - self.shift, found.span.end - self.shift)
        made = TypeName(found.schema, found.name, found.modifiers, found.dimensions, found.setof, span)
        self.types.append(made)
        return made

    def node(self, kind: str, fields: Node, scope: int) -> Term:
        maker = _MAKERS.get(kind)
        if maker is not None:
            return maker(self, fields, scope)
        if kind == "TypeName":
            self.type(fields)
            return Term("other", NOWHERE)
        if kind in _FUNCTION_LIKE:
            terms = self.inside(fields.get("args"), scope)
            at = self.token(fields)
            return Term("call", self.around(terms, at), tuple(terms), (_FUNCTION_LIKE[kind],), scope=scope)
        terms = self.inside(fields, scope)
        return Term("other", self.around(terms, self.token(fields)), tuple(terms), (kind,), scope=scope)

    def column(self, fields: Node, scope: int) -> Term:
        parts = tuple("*" if "A_Star" in field else text(field) for field in fields.get("fields", ()))
        at = self.token(fields) or 0
        return Term("column", self.span(at, self.reading.name_end(at)), parts=parts, scope=scope)

    def constant(self, fields: Node, scope: int) -> Term:
        at = self.token(fields) or 0
        return Term("constant", self.span(at, at + 1), value=literal({"A_Const": fields}), scope=scope)

    def parameter(self, fields: Node, scope: int) -> Term:
        at = self.token(fields) or 0
        return Term("parameter", self.span(at, at + 1), value=str(fields.get("number", 0)), scope=scope)

    def cast(self, fields: Node, scope: int) -> Term:
        terms = self.inside(fields.get("arg"), scope)
        type = self.type(fields["typeName"])
        span = self.around(terms, self.token(fields))
        if type.span.end > type.span.start:
            first, last = (self.reading.index(p + self.shift) for p in (type.span.start, type.span.end))
            span = self.span(
                min(first, self.reading.index(span.start + self.shift)),
                max(last, self.reading.index(span.end + self.shift)),
            )
        return Term("cast", span, tuple(terms), type=type, scope=scope)

    def call(self, fields: Node, scope: int) -> Term:
        names = strings(fields["funcname"])
        at = self.token(fields) or 0
        behind = self.reading.name_end(at)
        terms = self.inside(fields.get("args"), scope)
        written = self.reading.word(behind) == "(" and self.reading.word(at).strip('"') in names
        more = [k for k in fields if (k.startswith("agg") and k != "agg_star") or k in ("over", "func_variadic")]
        others = [t for k in more for t in self.inside(fields.get(k), scope)] if more else []
        end = self.reading.close(behind) + 1 if written else None
        span = self.around(terms if not written else [], at, end)
        head = self.reading.between(at, behind - 1) if written else None
        return Term(
            "call", span, (*terms, *others), tuple(names), scope=scope,
            head=Span(head.start - self.shift, head.end - self.shift) if head else NOWHERE,
            plain=written and not more,
        )  # fmt: skip

    def operation(self, fields: Node, scope: int) -> Term:
        terms = self.inside(fields.get("lexpr"), scope) + self.inside(fields.get("rexpr"), scope)
        at = self.token(fields)
        kind: Any = _SIGNS.get(fields.get("kind", ""), "other")
        sign = text(fields["name"][-1]) if fields.get("name") else ""
        head = self.reading.between(at, at) if at is not None else NOWHERE
        return Term(
            kind, self.around(terms, at), tuple(terms), (sign,), Span(head.start - self.shift, head.end - self.shift),
            scope=scope, plain="lexpr" in fields and (fields.get("kind") or "").endswith(("OP", "ANY", "ALL")),
        )  # fmt: skip

    def array(self, fields: Node, scope: int) -> Term:
        terms = self.inside(fields.get("elements"), scope)
        at = self.token(fields) or 0
        open_ = at + 1 if self.reading.word(at) == "array" else at
        return Term("array", self.span(at, self.reading.close(open_) + 1), tuple(terms), scope=scope)

    def test(self, fields: Node, scope: int) -> Term:
        terms = self.inside(fields.get("arg"), scope)
        name = _TESTS.get(fields.get("nulltesttype") or fields.get("booltesttype") or "", "")
        at = self.token(fields) or 0
        behind = at + len(name.split()) if self.reading.word(at) == "is" else at + 1
        return Term("test", self.around(terms, at, behind), tuple(terms), (name,), scope=scope)

    def boolean(self, fields: Node, scope: int) -> Term:
        terms = self.inside(fields.get("args"), scope)
        word = _BOOLEANS.get(fields.get("boolop", ""), "")
        return Term("boolean", self.around(terms, self.token(fields)), tuple(terms), (word,), scope=scope)

    def link(self, fields: Node, scope: int) -> Term:
        """A query inside an expression: (SELECT …), EXISTS, IN, ANY, ARRAY(SELECT …)."""
        terms = self.inside(fields.get("testexpr"), scope) + self.inside(fields.get("subselect"), scope)
        kind = (fields.get("subLinkType") or "").removesuffix("_SUBLINK").lower()
        return Term("other", self.around(terms, self.token(fields)), tuple(terms), (f"{kind} query",), scope=scope)

    # -- queries ----------------------------------------------------------------------------------------------------

    def select(self, fields: Node, outer: int) -> Term:
        scope = self._open(outer)
        terms = self._with(fields, scope)
        for side in ("larg", "rarg"):
            if side in fields:
                terms.append(self.select(fields[side], scope))
        terms += self._from(fields.get("fromClause"), scope)
        outputs: list[tuple[str | None, Term]] = []
        unnamed: list[Term] = []
        for target in fields.get("targetList", ()):
            value = self.inside(target, scope)
            terms += value
            if value:
                last = value[0].parts[-1] if value[0].kind in ("column", "call") and value[0].parts else None
                outputs.append((target["ResTarget"].get("name") or last, value[0]))
                if "name" not in target["ResTarget"]:
                    unnamed.append(value[0])
        if "larg" in fields:
            outputs = list(next((t.outputs for t in terms if t.kind == "query"), ()))
        filters = self.inside(fields.get("whereClause"), scope)
        groups = self.inside(fields.get("groupClause"), scope)
        done = {"withClause", "larg", "rarg", "fromClause", "targetList", "whereClause", "groupClause"}
        terms += [*filters, *groups, *self.inside({k: v for k, v in fields.items() if k not in done}, scope)]
        return Term(
            "query", self.around(terms, None), tuple(terms), scope=scope, outputs=tuple(outputs),
            unnamed=tuple(unnamed), filters=(*filters, *self.joins.pop(scope, ())),
            apart=_apart(fields, groups, outputs),
        )  # fmt: skip

    def change(self, fields: Node, outer: int) -> Term:
        """INSERT, UPDATE, DELETE. ``outputs``: the columns that are set, each with its value where it stands there."""
        scope = self._open(outer)
        terms = self._with(fields, scope)
        if "relation" in fields:
            self._relation(fields["relation"], scope, written=True)
        for key in ("fromClause", "usingClause"):
            terms += self._from(fields.get(key), scope)
        filters = self.inside(fields.get("whereClause"), scope)
        targets = (*fields.get("targetList", ()), *fields.get("cols", ()))
        sets = [(target["ResTarget"], self.inside(target, scope)) for target in targets]
        done = {"withClause", "relation", "fromClause", "usingClause", "targetList", "cols", "whereClause"}
        terms += [t for _, values in sets for t in values]
        terms += [*filters, *self.inside({k: v for k, v in fields.items() if k not in done}, scope)]
        outputs = tuple((t.get("name"), values[0] if values else Term("other", NOWHERE)) for t, values in sets)
        return Term("query", self.around(terms, None), tuple(terms), scope=scope, outputs=outputs,
                    filters=tuple(filters), parts=("change",))  # fmt: skip

    def _open(self, outer: int) -> int:
        self.outer.append(outer)
        self.common.append({})
        return len(self.outer) - 1

    def _with(self, fields: Node, scope: int) -> list[Term]:
        found = []
        clause = fields.get("withClause") or {}
        for item in clause.get("ctes", ()):
            common = item["CommonTableExpr"]
            if clause.get("recursive"):
                self.common[scope][common["ctename"]] = None
            made = self.inside(common["ctequery"], scope)
            self.common[scope][common["ctename"]] = made[0] if made else None
            found += made
        return found

    def _from(self, items: Any, scope: int) -> list[Term]:
        found: list[Term] = []
        for item in items or ():
            ((kind, fields),) = item.items()
            alias = fields.get("alias") or {}
            names = tuple(strings(alias.get("colnames", ())))
            if kind == "RangeVar":
                self._relation(fields, scope)
            elif kind == "JoinExpr":
                found += self._from([fields["larg"], fields["rarg"]], scope)
                conditions = self.inside(fields.get("quals"), scope)
                self.joins.setdefault(scope, []).extend(conditions)
                found += conditions
                if alias:
                    self.relations.append(Relation(None, alias["aliasname"], names, scope))
            elif kind == "RangeSubselect":
                made = self.inside(fields.get("subquery"), scope)
                found += made
                query = made[0] if made else None
                self.relations.append(Relation(None, alias.get("aliasname", ""), names, scope, query))
            else:
                made = self.inside(fields, scope)
                found += made
                inner = list(made[0].terms) if kind == "RangeFunction" and len(made) == 1 else []
                function = inner[0] if inner and inner[0].kind == "call" else None
                called = alias.get("aliasname") or (function.name if function else "")
                self.relations.append(Relation(None, called, names, scope, function=function))
        return found

    def _relation(self, fields: Node, scope: int, written: bool = False) -> None:
        alias = fields.get("alias") or {}
        columns = tuple(strings(alias.get("colnames", ())))
        name = self.reading.name(fields)
        if name.schema is None:
            at = scope
            while at >= 0:
                if name.name in self.common[at]:
                    query = self.common[at][name.name]
                    self.relations.append(
                        Relation(None, alias.get("aliasname") or name.name, columns, scope, query)
                    )
                    return
                at = self.outer[at]
        first = self.reading.index(name.span.start)
        only = None
        if not fields.get("inh", False):
            at = first - 1 - (self.reading.word(first - 1) == "(")
            if self.reading.word(at) == "only":
                only = Span(self.reading.starts[at] - self.shift, self.reading.ends[at] - self.shift)
        span = Span(name.span.start - self.shift, name.span.end - self.shift)
        self.relations.append(
            Relation(
                Name(name.schema, name.name, span), alias.get("aliasname"), columns, scope, only=only is not None,
                only_span=only, written=written, span=span,
            )
        )  # fmt: skip

    def view(self, fields: Node, scope: int) -> Term:
        """CREATE VIEW and CREATE MATERIALIZED VIEW: the query in it."""
        terms = self.inside(fields.get("query"), scope)
        return Term("other", self.around(terms, None), tuple(terms))


_MAKERS = {
    "ColumnRef": _Builder.column,
    "A_Const": _Builder.constant,
    "ParamRef": _Builder.parameter,
    "TypeCast": _Builder.cast,
    "FuncCall": _Builder.call,
    "A_Expr": _Builder.operation,
    "A_ArrayExpr": _Builder.array,
    "NullTest": _Builder.test,
    "BooleanTest": _Builder.test,
    "BoolExpr": _Builder.boolean,
    "SubLink": _Builder.link,
    "SelectStmt": _Builder.select,
    "InsertStmt": _Builder.change,
    "UpdateStmt": _Builder.change,
    "DeleteStmt": _Builder.change,
    "ViewStmt": _Builder.view,
    "CreateTableAsStmt": _Builder.view,
}


def _apart(fields: Node, groups: list[Term], outputs: list[tuple[str | None, Term]]) -> tuple[Term, ...]:
    """What tells the rows of a SELECT apart: the keys of GROUP BY, where they are outputs those; all of a DISTINCT."""
    named = {name: value for name, value in outputs if name is not None}
    numbered = {str(at): value for at, (_, value) in enumerate(outputs, 1)}
    found = []
    for key in groups:
        meant = numbered.get(key.value or "") if key.kind == "constant" else None
        found.append(meant or (named.get(key.name, key) if len(key.parts) == 1 else key))
    united = fields.get("op", "SETOP_NONE") != "SETOP_NONE" and not fields.get("all")
    if fields.get("distinctClause") or united:
        found += [value for _, value in outputs]
    return tuple(found)

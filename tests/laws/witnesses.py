"""The two witnesses, statement by statement: what the rules of ``lint`` say, and what the engine's policy says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from dsql_migrate.engine.policy import KnownType, Nothing, Refuse, judge
from dsql_migrate.lint import lint_source, load_rules
from dsql_migrate.lint.rule import ReadyRule, ready
from dsql_migrate.source.open import Source, source_of
from dsql_migrate.source.parse import Parsed, Unparsable, parse
from dsql_migrate.source.script import pieces
from dsql_migrate.target import Target, load_target


class Made(Nothing):
    """The domains that the statements so far have made: all that the policy has to know of a database here."""

    def __init__(self) -> None:
        self._types: dict[str, KnownType] = {}

    def learn(self, parsed: Parsed) -> None:
        names = parsed.node.get("domainname")
        if parsed.kind == "CreateDomainStmt" and names:
            name = str(names[-1]["String"]["sval"])
            base = str(parsed.node["typeName"]["names"][-1]["String"]["sval"])
            under = self._types.get(base)
            self._types[name] = KnownType(name, under.base if under else base)

    def type(self, name: tuple[str, ...]) -> KnownType | None:
        return self._types.get(name[-1])


@dataclass(slots=True)
class Witnessed:
    """One statement: codes of lint's errors in it, the policy's refusal where it has one."""

    line: int
    sql: str
    codes: set[str] = field(default_factory=set)
    refusal: str | None = None
    sqlstate: str | None = None
    unread: bool = False

    def __str__(self) -> str:
        says = f"lint {sorted(self.codes) or 'silent'}, policy {self.refusal or 'takes it'}"
        return f"line {self.line}: {' '.join(self.sql.split())[:90]}: {says}"


@cache
def _rules(day: date) -> dict[str, list[ReadyRule]]:
    return ready(load_rules(), load_target(day))


def witnessed(text: bytes | Source, target: Target) -> Iterator[Witnessed]:
    """Every SQL statement of a script with what both say of it; psql lines and COPY data are no statements."""
    source = source_of(text) if isinstance(text, bytes) else text
    findings = [f for f in lint_source(source, target, _rules(target.as_of)) if f.severity == "error"]
    at, made = 0, Made()
    for piece in pieces(source):
        codes = set()
        while at < len(findings) and findings[at].start < piece.end:
            codes.add(findings[at].code)
            at += 1
        if piece.kind != "sql":
            continue
        found = Witnessed(piece.body_line, piece.sql[piece.body :].decode("utf-8", "replace"), codes)
        try:
            parsed = parse(piece.sql)
            answer = judge(parsed, piece.sql, target, made)
            made.learn(parsed)
        except Unparsable:
            found.unread = True
        else:
            if isinstance(answer, Refuse):
                found.refusal, found.sqlstate = answer.message, answer.sqlstate
        yield found

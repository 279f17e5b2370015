"""Law: two witnesses. The rules of lint and the policy of the engine share the data about DSQL and nothing else.

What a bundle holds must please both. On every statement at hand (the sources of the bundles, the examples of the rules)
they must agree on whether DSQL takes it; where they do not, the reason stands below, by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from bundles import Bundle
from witnesses import Witnessed, witnessed

from dsql_migrate.engine.local import Database
from dsql_migrate.lint import Finding, Rule, lint_source, load_rules
from dsql_migrate.lint.rule import ready
from dsql_migrate.source.open import open_source, source_of
from dsql_migrate.target import Target, load_target


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A known one: lint's codes or the policy's words that it shows in, and why it is none to mend."""

    name: str
    reason: str
    codes: frozenset[str] = frozenset()  # lint says one of these, the policy takes the statement
    refusal: str = ""  # the policy says this, lint is silent

    def covers(self, found: Witnessed) -> bool:
        if found.refusal is not None:
            return bool(self.refusal and re.search(self.refusal, found.refusal))
        return bool(found.codes) and found.codes <= self.codes


KNOWN = (
    Disagreement(
        "what the database holds",
        "whether a schema is one too many, a column of the right type, a key too wide, depends on the statements "
        "before: the policy asks the database for it, and here there is none",
        codes=frozenset(
            {"DSQL126", "DSQL207", "DSQL212", "DSQL403", "DSQL411", "DSQL632", "DSQL706", "DSQL712", "DSQL718"}
        ),
    ),
    Disagreement(
        "what PostgreSQL 16 refuses itself",
        "volatile functions in indexes and generated columns, parameters and types that are not there, syntax of later "
        "releases: the engine has a PostgreSQL 16 behind the policy, which answers with the same SQLSTATE",
        codes=frozenset(
            {"DSQL112", "DSQL137", "DSQL138", "DSQL217", "DSQL315"}
            | {"DSQL545", "DSQL625", "DSQL627", "DSQL633", "DSQL719"}
        ),
    ),
    Disagreement(
        "functions of extensions",
        "that a function or an operator does not exist only a database can say; lint knows those that extensions bring",
        codes=frozenset({"DSQL524", "DSQL557"}),
    ),
    Disagreement(
        "the transaction around it, and its rows",
        "one DDL statement a transaction, 3,000 rows a transaction: the session counts them, the policy sees one "
        "statement and no rows",
        codes=frozenset({"DSQL618", "DSQL619", "DSQL720", "DSQL721", "DSQL722", "DSQL723"}),
    ),
    Disagreement(
        "WITHOUT OIDS",
        "PostgreSQL's grammar takes it and leaves nothing of it in the tree, so that the policy cannot see it",
        codes=frozenset({"DSQL109"}),
    ),
    Disagreement(
        "types refused before",
        "CREATE TYPE is refused, so that the policy does not know the type of a column; lint reports the type, "
        "not each of its columns",
        refusal=r'^type "[^"]+" does not exist$',
    ),
    Disagreement(
        "what a function does with its arguments",
        "a text search configuration, a procedure called as a function: "
        "the policy looks at the form of a statement, and a query's form is right",
        codes=frozenset({"DSQL531", "DSQL622", "DSQL624"}),
    ),
    Disagreement(
        "set_config of what is computed",
        "which parameter it is shows when it runs; the policy denies what it does not know, lint does not guess",
        refusal="^function set_config not supported$",
    ),
    Disagreement(
        "client encodings other than UTF-8",
        "what the service takes is not known; the engine's gateway reads statements as UTF-8 and would misread others",
        refusal='^invalid value for parameter "client_encoding"',
    ),
    Disagreement(
        "collations other than C",
        "the service has C only, and no cluster was asked for another one: the policy denies what it does not know, "
        "lint warns",
        refusal='^collation ".*" for encoding "UTF8" does not exist$',
    ),
)


def unexplained(found: Witnessed) -> bool:
    agree = bool(found.codes) == (found.refusal is not None) or found.unread
    return not agree and not any(known.covers(found) for known in KNOWN)


def test_a_bundle_pleases_both(bundle: Bundle) -> None:
    """Every statement of the bundle is without an error of lint, and the policy takes it."""
    names = ("pre-data.sql", "data.sql", "post-data.sql")
    text = b"".join(bundle.text(name) for name in names if (bundle.folder / name).stat().st_size < 500_000)
    wait = re.compile(r"call sys\.wait_for_job\(:'job_id'\)", re.I)  # with a psql variable: no statement yet
    bad = [w for w in witnessed(text, bundle.target) if not wait.match(w.sql) and (w.codes or w.refusal or w.unread)]
    assert not bad, "\n".join(map(str, bad))


def test_they_agree_on_every_source(bundle: Bundle) -> None:
    with open_source(str(bundle.source)) as source:
        bad = [found for found in witnessed(source, bundle.target) if unexplained(found)]
    assert not bad, "\n".join(map(str, bad))


def examples() -> Iterator[Any]:
    for rule in load_rules():
        if rule.severity == "error":
            for number, example in enumerate(rule.examples):
                yield pytest.param(rule, example, id=f"{rule.code}-{number}")


def day_of(rule: Rule, example: Any) -> Target:
    """The example's own day; else the last one on which the rule holds."""
    if "as_of" in example:
        return load_target(date.fromisoformat(example["as_of"]))
    since = rule.moot_from(load_target())
    return load_target(since - timedelta(days=1) if since else None)


@pytest.mark.parametrize(("rule", "example"), list(examples()))
def test_they_agree_on_the_examples_of_rules(rule: Rule, example: Any) -> None:
    given = f"{example['given']};\n" if "given" in example else ""
    sql = example.get("bad") or example["good"]
    own = given.count(";")
    found = list(witnessed(f"{given}{sql}".encode(), day_of(rule, example)))[own:]
    bad = [one for one in found if unexplained(one)]
    assert not bad, "\n".join(map(str, bad))


# Where the two know different words for one refusal.
OTHER_WORDS = {
    "DSQL593": "a cursor inside a DO block: lint names what is wrong in the body, the policy the block",
    **dict.fromkeys(
        ("DSQL120", "DSQL121", "DSQL122", "DSQL123", "DSQL124", "DSQL410"),
        "before its day; lint has the words that Django's adapter wrote down, the policy PostgreSQL's for the action",
    ),
}


@pytest.mark.parametrize(("rule", "example"), [case for case in examples() if case.values[0].code not in OTHER_WORDS])
def test_they_answer_in_the_same_words(rule: Rule, example: Any) -> None:
    """SQLSTATE and message that a finding foretells are those of the policy's refusal, where both have them."""
    target = day_of(rule, example)
    told = [f for f in findings_of(example, rule.code, target) if f.sqlstate] if "bad" in example else []
    if not told:
        return
    given = f"{example['given']};\n" if "given" in example else ""
    for found in list(witnessed(f"{given}{example['bad']}".encode(), target))[given.count(";") :]:
        if found.refusal is not None:
            assert found.sqlstate in {f.sqlstate for f in told}
            assert found.refusal in {f.server_message or found.refusal for f in told}


DAYS = ("2025-06-01", "2026-02-20", "2026-05-31", "2026-08-10", None)


@pytest.mark.parametrize("day", DAYS)
def test_they_agree_on_every_day(day: str | None) -> None:
    """The examples of all rules, whatever their own day: dates stand in the data, and both go by them."""
    target = load_target(None if day is None else date.fromisoformat(day))
    bad = []
    for rule in load_rules():
        for example in rule.examples:
            given = f"{example['given']};\n" if "given" in example else ""
            sql = f"{given}{example.get('bad') or example['good']}".encode()
            bad += [f"{rule.code}: {found}" for found in witnessed(sql, target) if unexplained(found)]
    assert not bad, "\n".join(bad)


def test_they_agree_on_the_migrations_of_the_corpus(corpus: Path) -> None:
    """Every statement of every migration that is an SQL file."""
    files = sorted(corpus.glob("mig-*/**/*.sql"))
    assert files
    bad = []
    for file in files:
        found = witnessed(file.read_bytes(), load_target())
        bad += [f"{file.relative_to(corpus)}: {one}" for one in found if unexplained(one)]
    assert not bad, "\n".join(bad)


REFUSED_BEHIND = next(known for known in KNOWN if known.name == "what PostgreSQL 16 refuses itself").codes


@pytest.mark.server
@pytest.mark.parametrize(("rule", "example"), [
    pytest.param(rule, example, id=f"{rule.code}-{number}")
    for rule in load_rules() if rule.code in REFUSED_BEHIND
    for number, example in enumerate(rule.examples) if "bad" in example and "as_of" not in example
])  # fmt: skip
def test_the_engine_as_a_whole_refuses_what_its_policy_leaves_to_postgresql(
    rule: Rule, example: Any, dsql: Database
) -> None:
    """With the SQLSTATE that the finding says."""
    told = {f.sqlstate for f in findings_of(example, rule.code)}
    with dsql.connect() as session:
        session.execute("CREATE TABLE p (id text PRIMARY KEY)")
        session.execute("CREATE TABLE c (p text)")
        given = example.get("given") or ("" if "CREATE TABLE t" in example["bad"] else "CREATE TABLE t (a text)")
        for statement in filter(None, given.split(";")):
            session.execute(statement)
        with pytest.raises(psycopg.Error) as refused:
            session.execute(example["bad"])
        assert refused.value.sqlstate in told, refused.value


def findings_of(example: Any, code: str, day: Target | None = None) -> list[Finding]:
    given = f"{example['given']};\n" if "given" in example else ""
    target = day or load_target()
    with source_of(f"{given}{example['bad']}".encode()) as source:
        return [f for f in lint_source(source, target, ready(load_rules(), target)) if f.code == code]

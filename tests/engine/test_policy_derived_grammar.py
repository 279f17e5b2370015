"""The policy against the grammar that AWS derived from a cluster: what could be said there, can be said here."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from dsql_migrate.engine.policy import Refuse, judge
from dsql_migrate.source.parse import Unparsable, parse
from dsql_migrate.target import load_target

# Names, expressions and queries are not what is asked for here.
_PLAIN = {
    "ColId": "a",
    "ColLabel": "a",
    "NonReservedWord": "r",
    "type_function_name": "a",
    "attr_name": "b",
    "param_name": "p",
    "var_name": "search_path",
    "var_list": "public",
    "Typename": "int",
    "SimpleTypename": "bigint",
    "a_expr": "(1)",
    "SelectStmt": "SELECT 1 AS a",
    "zone_value": "'UTC'",
    "utility_option_elem": "VERBOSE",
    "func_expr_windowless": "lower(a)",
    "b_expr": "1",
    "c_expr": "1",
    "func_expr": "lower(a)",
    "table_ref": "t",
    "select_with_parens": "(SELECT 1)",
    "where_or_current_clause": "WHERE true",
    "func_type": "int",
}
_CLASSES = {"IDENT": "a", "ICONST": "1", "SCONST": "'x'", "FCONST": "1.5"}

# Said by the grammar, refused by a cluster or by the documentation: the grammar knows the form of a statement, no more.
_FORM_ONLY = {
    "ALTER TABLE ADD COLUMN with constraint not supported",  # record: backlog/alter_add_column_default
    "COLLATE clause not supported",  # record of column definitions; of index keys by the documented grammar
    "opclass not supported for index keys",  # AWS troubleshooting reference, 2026-10-01
    "specifying sort order not supported for index keys",  # the same
    "expressions are not supported in included columns",  # CREATE INDEX page
    "locking clauses other than FOR UPDATE/FOR KEY SHARE are not supported",  # record: occ/occ_for_share
    "unsupported statement: AlterRole",  # ALTER USER: dsql-lint, 2026-08-07
    "role option rolemembers not supported",  # ALTER ROLE … USER means nothing in PostgreSQL either
    "datatype integer not supported, identity column type must be bigint",  # record: supported/identity_smallint
    "sequence option logged not supported",  # CREATE SEQUENCE page
    "sequence option unlogged not supported",
    "unsupported constraint in CREATE DOMAIN statement",  # PostgreSQL itself has no keys of domains
    "USING INDEX TABLESPACE not supported for UNIQUE",  # there are no tablespaces
    "USING INDEX TABLESPACE not supported for PRIMARY KEY",
    "cannot drop primary key column a",
}
# ALTER SEQUENCE and ALTER VIEW share their actions with ALTER TABLE in PostgreSQL's grammar, and in nothing else.
_SHARED = ("unsupported ALTER SEQUENCE ", "unsupported ALTER VIEW ")


@pytest.fixture(scope="module")
def rules(request: pytest.FixtureRequest) -> dict[str, Any]:
    folder: Path = request.getfixturevalue("conformance")
    loaded: dict[str, Any] = json.loads((folder / "dsql-lint" / "grammar" / "dsql_grammar.json").read_text())["rules"]
    return loaded


def sentence(rules: dict[str, Any], symbol: str, chance: random.Random, depth: int = 12) -> list[str]:
    """Words of a random sentence."""
    if symbol in _PLAIN:
        return [_PLAIN[symbol]]
    rule = rules.get(symbol)
    if rule is None:
        return [symbol]
    if not rule["choices"] or (rule["optional"] and (depth < 0 or chance.random() < 0.5)):
        return []
    choices = rule["choices"]
    if depth < 0:
        choices = [min(choices, key=lambda tokens: sum(token["token_type"] == "NonTerminal" for token in tokens))]
    words: list[str] = []
    for token in chance.choice(choices):
        kind, text = token["token_type"], token["text"]
        if kind == "NonTerminal":
            words += sentence(rules, text, chance, depth - 1)
        else:
            words.append(_CLASSES.get(text, text) if kind == "CharClass" else text)
    return words


def test_every_kind_of_statement_that_it_has_is_taken(rules: dict[str, Any]) -> None:
    chance, target = random.Random(7), load_target()
    taken: dict[str, int] = defaultdict(int)
    refused: dict[str, str] = {}
    parts = ("SelectStmt", "ExplainableStmt", "PreparableStmt")
    kinds = [name for name in rules if name.endswith("Stmt") and "__" not in name and name not in parts]
    for kind in kinds:
        for _ in range(400):
            sql = " ".join(sentence(rules, kind, chance)).encode()
            try:
                verdict = judge(parse(sql), sql, target)
            except Unparsable:  # the pieces do not always fit; the grammar was put together from what ran
                continue
            if not isinstance(verdict, Refuse):
                taken[kind] += 1
            elif verdict.message not in _FORM_ONLY and not verdict.message.startswith(_SHARED):
                refused[verdict.message] = sql.decode()
    assert refused == {}
    assert [kind for kind in kinds if taken[kind] < 10] == []


def statements(folder: Path, name: str) -> list[str]:
    """The statements of one of dsql-lint's lists."""
    text = (folder / "dsql-lint" / "tests" / "grammar_corpus" / "in_tree" / f"{name}.sql").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    return [statement.strip() for statement in "\n".join(lines).split(";\n") if statement.strip()]


# Refused when the list was made, taken since, or taken by a cluster though the linter says no.
_SINCE = {
    "ALTER TABLE t DROP CONSTRAINT c",  # since 2026-07-06
    "ALTER TABLE t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (CACHE 1)",  # refused for columns that may be NULL
}


def test_what_dsql_lint_has_run_on_a_cluster(conformance: Path) -> None:
    target = load_target()
    for name, taken in (("clean_statements", True), ("supported_types", True), ("error_cases", False)):
        found = statements(conformance, name)
        assert len(found) > 15
        for sql in found:
            if sql.rstrip(";") in _SINCE:
                continue
            try:
                refused = isinstance(judge(parse(sql.encode()), sql.encode(), target), Refuse)
            except Unparsable:
                refused = True
            assert refused is not taken, sql

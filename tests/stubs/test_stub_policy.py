"""What the stubs and audits send is SQL that DSQL takes, on the day they are made for."""

import ast
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from stub_cases import foreign_key, load, table

from dsql_migrate.engine.policy import Allow, judge
from dsql_migrate.source.parse import parse
from dsql_migrate.stubs.audit import orphan_query
from dsql_migrate.stubs.obligations import Obligations
from dsql_migrate.target import load_target

# Before any predicate, FOR UPDATE with any predicate, FOR KEY SHARE.
DAYS = (date(2026, 5, 31), date(2026, 8, 24), date(2026, 8, 25))
ACTIONS = ("no action", "restrict", "cascade", "set null", "set default")
EVERYTHING = Obligations(
    "x.sql",
    (table("parent", "id", "a", "b"), table("keyless", "a", "b", key=()), table("child", "id", "x", "y")),
    tuple(
        foreign_key(
            f"{parent}_{n}",
            "child",
            ["x", "y"],
            parent,
            referenced_columns=("a", "b"),
            match="full",
            on_delete=action,
            on_update=action,
        )
        for parent in ("parent", "keyless")
        for n, action in enumerate(ACTIONS)
    ),
)


class Recorder:
    """Stands in for Work: notes what it is asked."""

    def __init__(self) -> None:
        self.sent: set[str] = set()

    def rows(self, query: Any, values: Any = ()) -> list[dict[str, Any]]:
        self.sent.add(query.as_string(None))
        return [{}]

    def row(self, query: Any, values: Any = ()) -> dict[str, Any]:
        return self.rows(query, values)[0]


def statements(folder: Path) -> set[str]:
    """The SQL that stands in the modules as text."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in folder.rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    found = {node.value for node in nodes if isinstance(node.value, str)}
    return {text for text in found if text.startswith(("SELECT ", "UPDATE ", "DELETE ")) and "{}" not in text}


@pytest.mark.parametrize("day", DAYS)
def test_every_statement_is_allowed(day: date, tmp_path: Path) -> None:
    target = load_target(day)
    package, recorder = load(EVERYTHING, tmp_path, target), Recorder()
    owned = package.child.TABLE
    for values in ({}, {"id": 1, "x": 2}):
        owned.insert(recorder, values)
        owned.update(recorder, (1,), values)
    owned.lock(recorder, (1,))
    owned.delete(recorder, (1,))
    texts = statements(tmp_path) | recorder.sent | {orphan_query(key) for key in EVERYTHING.foreign_keys}
    assert len(texts) > 15
    assert any("FOR KEY SHARE" in text for text in texts) == target.has("for-key-share")
    for text in texts:
        body = text.replace("%s", "$1").replace("%%", "%").encode()
        assert isinstance(judge(parse(body), body, target), Allow), text

"""Law: no comment of the author is lost: it stands in a script, or with its statement in quarantine.sql."""

from __future__ import annotations

import re

import pytest
from bundles import Bundle

from dsql_migrate.rewrite.reading import read_script
from dsql_migrate.rewrite.tables.author_comments import comments_of
from dsql_migrate.source.open import open_source

FILES = ("pre-data.sql", "data.sql", "post-data.sql", "quarantine.sql")


def bare(line: bytes) -> bytes:
    """A line without what makes it a comment: quarantine.sql puts that before every line."""
    return re.sub(rb"^(?:--[ \t]*)*", b"", line.strip()).strip()


def test_every_comment_above_a_statement_is_there(bundle: Bundle) -> None:
    held = b"\n".join(bundle.text(name) for name in FILES if (bundle.folder / name).exists())
    lines = {bare(line) for line in held.splitlines()}
    with open_source(str(bundle.source)) as source:
        script = read_script(source)
        missing = [
            (statement.line, line)
            for statement in script.statements
            for line in comments_of(statement).splitlines()
            if bare(line) not in lines
        ]
    assert missing == []


def test_the_law_sees_something(bundle: Bundle) -> None:
    if bundle.name != "comments-of-folded-statements":
        pytest.skip("one case is enough")
    assert b"-- Nobody sits on seat 0;" in bundle.text("pre-data.sql")
    assert b"never used" in bundle.text("quarantine.sql")
    assert b"Type: CONSTRAINT" not in b"".join(bundle.text(name) for name in FILES)

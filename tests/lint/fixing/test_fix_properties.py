"""Properties that hold for every script: of the collection of real ones, changed at random as editors would."""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsql_migrate.lint import Options, lint_paths, load_rules
from dsql_migrate.lint.fixing.collapse import KEYS
from dsql_migrate.lint.fixing.edits import comments
from dsql_migrate.lint.fixing.run import Fixed, Fixing, fix_paths
from dsql_migrate.lint.fixing.transactions import TRANSACTION_RULES
from dsql_migrate.lint.result import Result
from dsql_migrate.source.open import source_of
from dsql_migrate.source.script import pieces

RULES = load_rules()
LARGEST = 60_000  # bytes: what a property tries a hundred times is short
# Fixes that take a statement out, or put one into another.
REMOVING = KEYS | {
    "alter-storage-parameters", "alter-table-action", "extension", "multiple-ddl-in-transaction", "ddl-and-dml",
    "reindex", "set-config", "set-parameter", "vacuum",
}  # fmt: skip


def fixed(text: bytes, unsafe: bool) -> tuple[bytes, Fixed]:
    def run(*, contents: Mapping[str, bytes], whole: bool = False) -> Result:
        return lint_paths(["-"], None, RULES, None, contents)

    made = fix_paths(["-"], run, Options(), Fixing(unsafe), text)
    return (made.changes[0].after if made.changes else text), made


def statements(text: bytes) -> list[bytes]:
    with source_of(text) as source:
        return [piece.sql[piece.body :].strip() for piece in pieces(source) if piece.kind == "sql"]


@pytest.fixture(scope="module")
def scripts(corpus: Path) -> list[bytes]:
    """The shorter scripts of the collection."""
    found = sorted(path for path in corpus.rglob("*.sql") if path.stat().st_size < LARGEST)
    return [path.read_bytes() for path in found]


def crlf(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


CHANGES: list[Callable[[bytes], bytes]] = [
    lambda text: text,
    crlf,
    lambda text: b"\xef\xbb\xbf" + text,
    lambda text: text.rstrip(),
    lambda text: b"BEGIN;\n" + text + b"\nCOMMIT;\n",
    lambda text: text.replace(b" (", b" /* in */ (", 40),
    lambda text: text.replace(b";\n", b"; -- behind\n"),
]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), unsafe=st.booleans(), change=st.sampled_from(CHANGES))
def test_what_holds_for_every_script(
    scripts: list[bytes], data: st.DataObject, unsafe: bool, change: Callable[[bytes], bytes]
) -> None:
    text = change(data.draw(st.sampled_from(scripts)))
    after, made = fixed(text, unsafe)

    again, more = fixed(after, unsafe)
    assert again == after, [finding.code for finding in more.done]

    assert not Counter(comments(text)) - Counter(comments(after))

    before, now = statements(text), statements(after)
    removed = sum(finding.name in REMOVING for finding in made.done)
    assert len(now) >= len(before) - removed * 2  # BEGIN goes together with COMMIT

    touched = len(made.done) * 2  # a key that is collapsed changes two statements
    assert sum((Counter(before) - Counter(now)).values()) <= touched

    assert not errors(made.result) - errors(made.first), "an error that was not there"


def errors(result: Result) -> Counter[tuple[str, str | None]]:
    """By rule and object; which statement is the second one of a transaction may change."""
    found = (finding for finding in result.findings if finding.severity == "error")
    return Counter((f.code, None if f.name in TRANSACTION_RULES else f.object) for f in found)


def test_line_ends_of_a_file_stay_of_one_kind(scripts: list[bytes]) -> None:
    for text in scripts:
        after, _ = fixed(crlf(text), True)
        assert after.count(b"\n") == after.count(b"\r\n")

"""Files to lint, made of the shapes of real ones: a migration, a folder of migrations, one large schema.

The statements come from the corpus of real dumps and migrations, or, where that is absent, from the dump of the demo.
Each time round, what they create has other names, so that no statement is there twice.
"""

import os
import re
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from dsql_migrate.source.open import open_source
from dsql_migrate.source.script import leading_words, pieces

PROJECT = Path(__file__).resolve().parent.parent
_SCHEMA = frozenset({"alter", "comment", "create", "drop"})
_WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")
_NAMED = re.compile(
    rb"(?i)^\s*(?:create\s+(?:(?:or\s+replace|unique|unlogged|materialized)\s+)*"
    rb"(?:table|index|sequence|type|view|function|trigger|domain|procedure)|alter\s+table.*?\s+add\s+constraint)\s+"
    rb"(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?(?:\"?\w+\"?\.)?\"?([A-Za-z_]\w*)",
    re.DOTALL,
)

Text = list[bytes]  # the statements of one file, each with the blanks and comments before it


def corpus() -> Path | None:
    """The folder of real dumps and migrations; None where there is none."""
    named = os.environ.get("DSQL_MIGRATE_CORPUS")
    folder = Path(named) if named else PROJECT.parent / "shared" / "corpus"
    return folder if folder.is_dir() else None


def source() -> str:
    """In words: where the shapes come from."""
    return "the corpus of real dumps and migrations" if corpus() else "the demo's dump (there is no corpus here)"


def schemas() -> list[Text]:
    """The dumps: what each says about its schema, rows and settings left out."""
    found = corpus()
    files = [p for p in sorted(found.rglob("*.sql")) if "mig-" not in str(p)] if found else []
    texts = [_schema(path) for path in files or [PROJECT / "fixtures" / "demo" / "source.sql"]]
    return [text for text in texts if text]


def migrations() -> list[Text]:
    """The migrations: a text a file."""
    found = corpus()
    files = [p for p in sorted(found.glob("mig-*/**/*.sql")) if "query" not in p.parts] if found else []
    if files:
        return [text for text in map(_schema, files) if text]
    (text,) = schemas()
    return [text[at : at + 3] for at in range(0, len(text), 3)]


def write_one(path: Path, lines: int = 50) -> Path:
    """One migration of about so many lines."""
    content = b""
    for text in _renamed(migrations()):
        if content.count(b"\n") + b"".join(text).count(b"\n") < lines * 1.2:
            content += _joined(text)
        if content.count(b"\n") >= lines * 0.8:
            break
    path.write_bytes(content)
    return path


def write_migrations(folder: Path, number: int = 500) -> list[Path]:
    """So many migrations, named as Flyway wants them."""
    folder.mkdir()
    paths = []
    for i, text in zip(range(1, number + 1), _renamed(migrations()), strict=False):
        paths.append(folder / f"V{i}__step.sql")
        paths[-1].write_bytes(_joined(text))
    return paths


def write_schema(path: Path, lines: int = 50_000) -> Path:
    """One schema of so many lines."""
    done = 0
    with path.open("wb") as out:
        for text in _renamed(schemas()):
            for statement in text:
                out.write(statement)
                done += statement.count(b"\n")
                if done >= lines:
                    return path
    raise AssertionError("the shapes never end")


def _schema(path: Path) -> Text:
    with open_source(path) as script:
        statements = (piece for piece in pieces(script) if piece.kind == "sql" and piece.terminator == b";")
        return [piece.sql for piece in statements if _SCHEMA.issuperset(leading_words(piece, 1))]


def _renamed(texts: Sequence[Text]) -> Iterator[Text]:
    """The texts in turn for ever, from the second round on with other names for what they create."""
    for round_ in count():
        for text in texts:
            names, suffix = _names(text), b"_%d" % round_
            yield [_rename(statement, names, suffix) for statement in text] if round_ else text


def _names(text: Text) -> frozenset[bytes]:
    found = (_NAMED.match(re.sub(rb"(?m)^\s*--.*$", b"", statement)) for statement in text)
    return frozenset(met.group(1) for met in found if met is not None)


def _rename(statement: bytes, names: frozenset[bytes], suffix: bytes) -> bytes:
    return _WORD.sub(lambda word: word[0] + suffix if word[0] in names else word[0], statement)


def _joined(text: Text) -> bytes:
    return b"".join(text).strip() + b"\n\n"

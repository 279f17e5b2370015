"""Atlas, versioned migrations (github.com/ariga/atlas, sql/migrate/dir.go and lex.go)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from dsql_migrate.source.migrations import sections
from dsql_migrate.source.migrations.model import Migration, Project, Tool, Wrap
from dsql_migrate.source.migrations.order import project as project_of
from dsql_migrate.source.migrations.order import told
from dsql_migrate.source.migrations.tree import Tree

_DIRECTIVE = rb"[ -~]*atlas:(\w+)(?: +([ -~]*))?"
_OURS = rb"(?:--[^\n]*\n)*-- atlas:(?:txmode|delimiter|checkpoint)\b"
_ESCAPES = {b"\\n": b"\n", b"\\r": b"\r", b"\\t": b"\t"}


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """The ``*.sql`` of a folder with atlas.sum, by name."""
    for folder, files in tree.folders(".sql"):
        evidence = told(forced) or ("atlas.sum" if "atlas.sum" in tree.names(folder) else "")
        if not evidence and any(re.match(_OURS, tree.head(file)) for file in files):
            evidence = "-- atlas:"
        if evidence:
            order = [os.path.join(folder, name) for name in tree.names(folder) if name.endswith(".sql")]
            found = project_of(TOOL, tree, folder, order, evidence)
            if found is not None:
                yield found


def read(path: str, content: bytes, project: Project) -> Migration:
    """The file, split by its own delimiter where it names one."""
    directives = dict(_directives(content))
    wrap: Wrap = "statement" if directives.get(b"txmode") == b"none" else "file"
    delimiter = directives.get(b"delimiter", b"")
    for written, meant in _ESCAPES.items():
        delimiter = delimiter.replace(written, meant)
    if not delimiter.strip(b";"):
        return sections.whole(content, wrap)
    return Migration((sections.split(content, 0, len(content), delimiter, wrap),))


def _directives(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(name, value) of the file's directives: comments at its top that an empty line parts from the statements.

    A delimiter is taken from the first line whether or not an empty line follows (stmtLexer.init in lex.go).
    """
    found: list[tuple[bytes, bytes]] = []
    for start, end in sections.lines(content):
        line = content[start:end]
        if not line.startswith((b"--", b"#")):
            if line.strip(b"\r\n"):
                found = [(name, value) for name, value in found[:1] if start and name == b"delimiter"]
            break
        met = re.match(_DIRECTIVE, line.strip())
        if met is not None:
            found.append((met.group(1), met.group(2) or b""))
    return iter(found)


TOOL = Tool(
    name="atlas",
    title="Atlas",
    claim=claim,
    read=read,
    escape="put -- atlas:txmode none and an empty line at the top of the file, then atlas migrate hash",
)

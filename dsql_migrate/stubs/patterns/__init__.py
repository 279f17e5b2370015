"""Written patterns: what takes the place of something that a source does and DSQL has no word for.

One Markdown page a pattern, written where the source does it, with the places. Adding a pattern is adding a template
and, in ``rewrite/writing/sightings.py``, how it is seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, get_args

from dsql_migrate.report.markdown import code

Pattern = Literal[
    "truncate", "partitions", "advisory-locks", "table-locks", "notifications", "schedules", "next-number"
]

_TEMPLATES = Path(__file__).parent / "templates"
_MOST = 50  # places that are named on a page; the rest are counted


class Limits(Protocol):
    """The part of ``dsql_migrate.target.Target`` that patterns ask."""

    def limit(self, name: str, /) -> int:
        """The value of a limit of DSQL on its date."""
        ...


@dataclass(frozen=True, slots=True, order=True)
class Sighting:
    """One place of the source: its line, its file where there are several, what stands there in a few words."""

    pattern: Pattern
    line: int
    what: str
    file: str | None = None


def write_patterns(sightings: Iterable[Sighting], limits: Limits, folder: Path) -> list[str]:
    """Write ``app/patterns/<name>.md`` for each pattern that was seen; the files, relative to ``folder``."""
    found: dict[Pattern, list[Sighting]] = {}
    for sighting in sightings:
        found.setdefault(sighting.pattern, []).append(sighting)
    written = []
    for pattern in get_args(Pattern):
        if pattern in found:
            path = folder / "app" / "patterns" / f"{pattern}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page(pattern, found[pattern], limits), encoding="utf-8", newline="\n")
            written.append(path.relative_to(folder).as_posix())
    return written


def page(pattern: Pattern, sightings: Iterable[Sighting], limits: Limits) -> str:
    """The page of one pattern: the text, then the places. Whatever comes of the source is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # Markdown; `_place` escapes what is not ours
    )
    text = environment.get_template(f"{pattern}.md.jinja").render(rows=limits.limit("transaction-rows"))
    places = [_place(sighting) for sighting in dict.fromkeys(sightings)]
    more = [f"- and {len(places) - _MOST:,} more"] if len(places) > _MOST else []
    return "\n".join([text.rstrip("\n"), "", "## Where the source does it", "", *places[:_MOST], *more, ""])


def _place(sighting: Sighting) -> str:
    where = f"line {sighting.line}" if sighting.file is None else f"{code(sighting.file)}, line {sighting.line}"
    return f"- {where}: {code(sighting.what)}"

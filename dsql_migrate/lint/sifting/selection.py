"""Which findings are shown, and as what: select, ignore, per-file-ignores and severities. Pure: no file is read.

A selector is a code, the beginning of one (``DSQL3``), the name of a rule, or ``ALL``. Of two selectors that speak of
the same rule the longer one wins (a name and a whole code are the longest); of equals, ``ignore`` wins over ``select``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from dsql_migrate.errors import Failure

if TYPE_CHECKING:
    from dsql_migrate.lint.finding import Finding, Severity
    from dsql_migrate.lint.options import Options

Known = Mapping[str, str]  # code -> name, of every rule there is
_EVERY = "ALL"
_WHOLE = 1000  # longer than any beginning of a code


class Selection:
    """What the options say about each rule. Raises Failure for a selector that means no rule, with a suggestion."""

    def __init__(self, options: Options, known: Known) -> None:
        self._known = known
        self._select = weights(options.select or (_EVERY,), known, "select")
        self._ignore = weights(options.ignore, known, "ignore")
        levels = [(level, weights([selector], known, "severity")) for selector, level in options.severity.items()]
        self._severity = {
            code: max((found[code], level) for level, found in levels if code in found)[1]
            for code in {code for _, found in levels for code in found}
        }
        self._files = [
            (path_test(glob), weights(selectors, known, "per-file-ignores"))
            for glob, selectors in options.per_file_ignores
        ]
        self._of_file: dict[str, frozenset[str]] = {}

    def takes(self, code: str, path: str) -> bool:
        """Whether findings of a rule are shown for a file."""
        wanted = self._select.get(code, 0)
        return wanted > self._ignore.get(code, 0) and code not in self._ignored_in(path)

    def severity(self, code: str, severity: Severity) -> Severity:
        """The severity that the options give to the rule, else the one that it has."""
        return self._severity.get(code, severity)

    def apply(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings that are shown, with their severities."""
        shown = [finding for finding in findings if self.takes(finding.code, finding.path)]
        if not self._severity:
            return shown
        from dataclasses import replace

        return [
            finding if level == finding.severity else replace(finding, severity=level)
            for finding in shown
            for level in [self.severity(finding.code, finding.severity)]
        ]

    def _ignored_in(self, path: str) -> frozenset[str]:
        found = self._of_file.get(path)
        if found is None:
            ignored = (codes for matches, codes in self._files if matches(path))
            found = self._of_file[path] = frozenset(code for codes in ignored for code in codes)
        return found


def weights(selectors: Iterable[str], known: Known, where: str) -> dict[str, int]:
    """The codes that selectors mean, each with how closely: the length of the longest that means it.

    ``where`` names the option in the message. Raises Failure for a selector that means no rule.
    """
    found: dict[str, int] = {}
    for selector in selectors:
        codes = meant(selector, known)
        if not codes:
            raise Failure(f"{where}: there is no rule {selector!r}", hint=near(selector, known))
        weight = 1 if selector.upper() == _EVERY else len(selector) if len(codes) > 1 else _WHOLE
        for code in codes:
            found[code] = max(weight, found.get(code, 0))
    return found


def meant(selector: str, known: Known) -> list[str]:
    """The codes that a selector means; empty where it means none."""
    code = selector.upper()
    if code == _EVERY:
        return list(known)
    if code in known:
        return [code]
    by_name = [own for own, name in known.items() if name == selector.lower()]
    if by_name:
        return by_name
    return [own for own in known if own.startswith(code) and len(code) >= len(own.rstrip("0123456789"))]


def near(selector: str, known: Known) -> str:
    """A hint: the rules whose code or name looks most like it."""
    import difflib

    name = selector.lower()
    names = difflib.get_close_matches(name, known.values(), 1, 0.85) or difflib.get_close_matches(name, known.values())
    codes = difflib.get_close_matches(selector.upper(), known, 3, 0.7) if any(c.isdigit() for c in selector) else []
    found = names + codes
    return f"did you mean {' or '.join(found[:3])}?" if found else "dsql-migrate rules lists them"


# -- globs ------------------------------------------------------------------------------------------------------------


def path_test(glob: str) -> Callable[[str], bool]:
    """Whether a path matches a glob, as in a .gitignore.

    Without a slash it is the name of a file or of a folder anywhere on the path; with one, a path from the working
    folder on (or an absolute one), and all that lies below it. ``*`` and ``?`` stop at a slash, ``**`` does not.
    """
    glob = glob.removeprefix("./")
    if "/" not in glob.rstrip("/"):
        part = _compiled(_regex(glob.rstrip("/")), glob)
        return lambda path: any(part.fullmatch(name) is not None for name in _relative(path).split("/"))
    whole = _compiled(_regex(os.path.abspath(glob).replace(os.sep, "/")) + "(?:/.*)?", glob)
    return lambda path: whole.fullmatch(os.path.abspath(path).replace(os.sep, "/")) is not None


def _compiled(regex: str, glob: str) -> re.Pattern[str]:
    try:
        return re.compile(regex, re.DOTALL)
    except re.error as error:
        raise Failure(f"not a glob: {glob}: {error}") from None


def _relative(path: str) -> str:
    """From the working folder, where it lies below it: the names of folders above it are nobody's concern."""
    absolute, here = os.path.abspath(path), os.getcwd()
    inside = absolute.startswith(here.rstrip(os.sep) + os.sep)
    return (absolute[len(here.rstrip(os.sep)) + 1 :] if inside else absolute).replace(os.sep, "/")


_GLOB = re.compile(r"/\*\*/|^\*\*/|/\*\*$|\*+|\?|\[!?\]?[^\]/]*\]|\{[^{}/]*\}|.", re.DOTALL)


def _regex(glob: str) -> str:
    return "".join(_GLOB.sub(lambda found: _part(found.group()), glob))


def _part(part: str) -> str:
    if part == "/**/":
        return "/(?:.*/)?"
    if part == "**/":
        return "(?:.*/)?"
    if part == "/**":
        return "/.*"
    if part[0] == "*":
        return ".*" if len(part) > 1 else "[^/]*"
    if part == "?":
        return "[^/]"
    if part[0] == "[" and len(part) > 2:
        body = part[1:-1].replace("\\", "\\\\").replace("[", "\\[").replace("&&", "&\\&")
        return f"[^{body[1:]}]" if body.startswith("!") else f"[{body}]"
    if part[0] == "{" and len(part) > 2:
        return "(?:" + "|".join(_regex(choice) for choice in part[1:-1].split(",")) + ")"
    return re.escape(part)


def excluded(globs: Sequence[str]) -> Callable[[str], bool]:
    """Whether a path matches one of the globs."""
    tests = [path_test(glob) for glob in globs]
    return lambda path: any(test(path) for test in tests)

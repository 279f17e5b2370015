"""The tokens of a statement as three lists, several times as fast as PostgreSQL's scanner gives them.

One regular expression splits texts of plain tokens. Whatever it is not sure of (prefixed and continued strings, dollar
quotes, block comments, parameters, operators out of the ordinary, letters beyond ASCII) goes to the scanner itself.
"""

from __future__ import annotations

from itertools import accumulate

from dsql_migrate.source import regex
from dsql_migrate.source.parse import tokens

Lexemes = tuple[list[str], list[int], list[int]]  # words, where they start, where they end: byte offsets

_LEAD = regex.compile(r"(?:\s++|--[^\n\r]*+)*+")
_OPERATOR = r"[~!@#^&|`?+\-*/%<>=]"
# A word in front of a quote may be a prefix (E'…', U&"…"), a string in front of a line break and another string goes
# on in it, "" is an error or a quote inside a name. Each alternative takes what it can or nothing.
_PLAIN = regex.compile(
    rf"""(
    [A-Za-z_][A-Za-z0-9_]*+ (?!['"$&])
  | [(),;\[\]]
  | \.(?![\d.])
  | "[^"]++"(?!")
  | '[^']*+'(?!\s*+(?:'|--))
  | \d++(?:\.\d++)?+ (?![\w.])
  | ::
  | (?:[+\-*/%^<>=]|<=|>=|<>|!=|=>|\|\||->>?)(?!{_OPERATOR})
  | --[^\n\r]*+
    )""",
    regex.VERBOSE | regex.ASCII,
)


def every_lexeme(text: bytes) -> Lexemes:
    """The tokens of one statement, comments left out. A word is the token's text, lower case unless it is quoted.

    Raises Unparsable where the scanner gives up.
    """
    return _plain(text) or _scanned(text)


def lexemes(text: bytes) -> Lexemes:
    """The same without closing semicolons."""
    words, starts, ends = every_lexeme(text)
    while words and words[-1] == ";":
        del words[-1], starts[-1], ends[-1]
    return words, starts, ends


def _plain(text: bytes) -> Lexemes | None:
    if not text.isascii():
        return None
    source = text.decode("ascii")
    lead = _LEAD.match(source)
    at = lead.end() if lead else 0
    source = source[at:]
    quoted = "'" in source or '"' in source
    parts = _PLAIN.split(source if quoted else source.lower())
    between = "".join(parts[::2])
    if between and not between.isspace():
        return None
    edges = list(accumulate(map(len, parts), initial=at))
    words, starts, ends = parts[1::2], edges[1:-1:2], edges[2::2]
    if quoted:
        words = [word if word[0] in "'\"" else word.lower() for word in words]
    if "--" in source:
        kept = [i for i, word in enumerate(words) if not word.startswith("--")]
        words, starts, ends = [words[i] for i in kept], [starts[i] for i in kept], [ends[i] for i in kept]
    return words, starts, ends


def _scanned(text: bytes) -> Lexemes:
    found = tokens(text)
    return [token.word for token in found], [token.start for token in found], [token.end for token in found]

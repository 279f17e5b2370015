"""Names out of a dump, made safe for the three places where they end up: SQL, Python text, and file names.

A dump is hostile input: a table may be called ``../../x``, ``class``, ``"; DROP …`` or hold a newline. Nothing here
loses a name's meaning silently: what cannot be shown appears as its code point; names whose slugs meet get a digest.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

# PostgreSQL's reserved, type/function-name and column-name keywords (16 to 18): quote_ident() quotes these.
_KEYWORDS = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast
    char character check coalesce collate collation column concurrently constraint create cross current_catalog
    current_date current_role current_schema current_time current_timestamp current_user dec decimal default deferrable
    desc distinct do else end except exists extract false fetch float for foreign freeze from full grant greatest group
    grouping having ilike in initially inner inout int integer intersect interval into is isnull join json json_array
    json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize json_table json_value
    lateral leading least left like limit localtime localtimestamp merge_action national natural nchar none normalize
    not notnull null nullif numeric offset on only or order out outer overlaps overlay placing position precision
    primary real references returning right row select session_user setof similar smallint some substring symmetric
    system_user table tablesample then time timestamp to trailing treat trim true union unique user using values varchar
    variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces
    xmlparse xmlpi xmlroot xmlserialize xmltable
    """.split()  # noqa: SIM905
)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")
# Device names that Windows refuses as file names, whatever the ending.
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(10))})


def needs_quotes(name: str) -> bool:
    """Whether PostgreSQL would read the bare name as something else."""
    return not _PLAIN.match(name) or name in _KEYWORDS


def identifier(*parts: str) -> str:
    """The name as SQL text, quoted where it has to be: ``identifier("public", "Order")`` is ``public."Order"``."""
    return ".".join('"' + part.replace('"', '""') + '"' if needs_quotes(part) else part for part in parts)


def literal(text: str) -> str:
    """The string as a Python literal on one line, with double quotes where that needs no escapes (as ruff formats)."""
    shown = repr(text)
    return f'"{shown[1:-1]}"' if "'" not in text and '"' not in text else shown


def prose(text: str) -> str:
    """The text fit for a comment, a docstring or a Markdown code span: one line, nothing that could end any of them."""
    return "".join(c if c.isprintable() and c not in "\\\"`'*|" else f"<U+{ord(c):04X}>" for c in text)


def slug(text: str) -> str:
    """The ASCII letters, digits and underscores of it, lower case, starting with a letter; "" where none are left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:60].rstrip("_")
    return f"n{words}" if words[:1].isdigit() else words


def digest(parts: Sequence[str]) -> str:
    """Eight characters that tell two names apart whose slugs are the same."""
    data = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()[:8]


def file_names(
    names: Iterable[tuple[str, ...]], *, taken: Collection[str] = (), suffix: str = ""
) -> dict[tuple[str, ...], str]:
    """A safe and distinct name (no ending) for each; the last part of a name is the one people know it by.

    ``("public", "orders")`` becomes ``orders``. ``suffix`` is added to a slug in ``taken`` and to device names of
    Windows. Where two results meet ("a-b" and "a_b", or one name in two schemas), or nothing is left of a name, a
    digest of the whole name is added: so a name's file does not depend on the order in which names come.
    """
    given = list(dict.fromkeys(names))
    bad = _DEVICES.union(taken)
    slugs = {name: text + suffix if (text := slug(name[-1])) in bad else text for name in given}
    count = Counter(slugs.values())
    return {
        name: text if text and count[text] == 1 and text not in bad else f"{text or 'name'}_{digest(name)}"
        for name, text in slugs.items()
    }

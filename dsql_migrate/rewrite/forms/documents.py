"""Types whose value is a document or a tree of names: xml, hstore, ltree."""

from __future__ import annotations

from dsql_migrate.rewrite.data.values import SourceType
from dsql_migrate.rewrite.forms.choice import Situation, TypeChoice
from dsql_migrate.rewrite.forms.nearest import as_type
from dsql_migrate.schema import Resolved

# Labels of letters, digits, "_" and "-", by points; what a letter is beyond ASCII is the locale's to say (ltree_io.c).
_LABEL = r"[^\x01-,./:-@[-^`{{-\x7f]+"
_LTREE = rf"{{}} = '' OR {{}} ~ '^{_LABEL}(\.{_LABEL})*$'"


def xml(at: Situation, base: Resolved) -> TypeChoice:
    """By the decision ``xml``."""
    return as_type(at, base, SourceType(base.name), "text", blocker=at.want("xml") == "blocker")


def hstore(at: Situation, base: Resolved) -> TypeChoice:
    """By the decision ``hstore``; in a key text, for DSQL has no JSON there."""
    return as_type(at, base, SourceType(base.name), "text" if at.in_key else at.want("hstore"))


def ltree(at: Situation, base: Resolved) -> TypeChoice:
    """By the decision ``ltree``: text, with a CHECK of its form."""
    checks = (_LTREE,) if at.want("ltree") == "check" else ()
    return as_type(at, base, SourceType(base.name), "text", checks=checks)

"""What was decided where there was a choice, and why. Written to ``decisions.yaml`` beside the bundle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dsql_migrate.errors import Failure

if TYPE_CHECKING:
    from dsql_migrate.target import Target


@dataclass(frozen=True, slots=True)
class Decisions:
    """The choices of one run. The defaults are the careful ones."""

    foreign_keys: Literal["native", "application"] = "native"
    identity_cache: int = 65536
    owners: Literal["drop", "keep"] = "drop"
    grants: Literal["drop", "keep"] = "drop"


def check(decisions: Decisions, target: Target) -> None:
    """Raises Failure for a choice that DSQL refuses."""
    least = target.limit("identity-cache-min")
    if decisions.identity_cache != 1 and decisions.identity_cache < least:
        raise Failure(f"--identity-cache {decisions.identity_cache}: DSQL takes 1, or {least} and more")


def describe(decisions: Decisions, *, native_foreign_keys: bool) -> list[tuple[str, str, str]]:
    """(key, choice, reason) for every decision, in order."""
    if native_foreign_keys:
        keys = ("native", "added after the load as NOT VALID, then validated by an asynchronous job")
    elif decisions.foreign_keys == "application":
        keys = ("application", "asked for with --foreign-keys application")
    else:
        keys = ("application", "DSQL has no foreign keys on the day chosen with --as-of")
    return [
        ("foreign-keys", *keys),
        (
            "identity-cache",
            str(decisions.identity_cache),
            "65536 spreads inserts; 1 keeps numbers close together but makes one key hot",
        ),
        ("enums", "domain", "text with a CHECK of the values; the order of the values is in the ledger"),
        ("arrays", "jsonb", "the nearest type that DSQL has"),
        ("partitions", "merge", "DSQL spreads a table itself; every partition's rows are in the parent"),
        (
            "inheritance",
            "merge",
            "rows go into the parent, told apart by inherited_from; families with keys of their own stay apart",
        ),
        ("materialized-views", "quarantine", "DSQL has none; their queries are in quarantine.sql"),
        ("owners", decisions.owners, "roles of the source do not exist on DSQL, where a role is tied to IAM"),
        ("grants", decisions.grants, "roles of the source do not exist on DSQL, where a role is tied to IAM"),
    ]

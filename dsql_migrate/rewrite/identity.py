"""Sequences: the identity clause that takes over a serial column, and what CREATE SEQUENCE needs on DSQL."""

from __future__ import annotations

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.plan import ColumnPlan, Plan, name_of
from dsql_migrate.rewrite.quoting import qualified
from dsql_migrate.schema.model import Key, Sequence
from dsql_migrate.schema.naming import compose
from dsql_migrate.source.facts import CreateSequence, SequenceOptions

_GREATEST = {"int2": 32767, "int4": 2147483647, "smallserial": 32767, "serial": 2147483647}


def identity_sql(plan: Plan, table: Key, column: ColumnPlan) -> str:
    """GENERATED … AS IDENTITY (…) with the sequence's name, start and increment. CACHE must be 1 or at least 65536."""
    sequence = column.identity
    assert sequence is not None
    parts = []
    if sequence.key != (table[0], compose(table[1], column.column.name, "seq")):
        parts.append(f"SEQUENCE NAME {qualified(sequence.key)}")
    parts += bounds(sequence.options)
    parts.append(f"CACHE {cache(plan, sequence, name_of(table, column.column.name))}")
    return f"GENERATED {'ALWAYS' if column.identity_always else 'BY DEFAULT'} AS IDENTITY ({' '.join(parts)})"


def unchanged_identity(plan: Plan, table: Key, column: ColumnPlan, statement: int) -> bool:
    """Whether DSQL takes the identity clause as it stands: bigint, with its CACHE, not altered or renamed since."""
    source, sequence = column.column, column.identity
    written = source.identity
    if written is None or sequence is None or source.fact is None or source.fact.identity is not written:
        return False
    if (
        source.identity_place.statement != statement
        or column.choice.rule is not None
        or sequence.options != written.options
    ):
        return False
    name = written.options.sequence_name
    own = (
        (name.schema or table[0], name.name) if name is not None else (table[0], compose(table[1], source.name, "seq"))
    )
    least = plan.target.limit("identity-cache-min")
    return (
        sequence.key == own
        and written.options.cache is not None
        and (written.options.cache == 1 or written.options.cache >= least)
    )


def bounds(options: SequenceOptions) -> list[str]:
    """START, INCREMENT, MINVALUE, MAXVALUE, CYCLE where they are not what DSQL would choose itself."""
    parts = []
    descending = options.increment is not None and options.increment < 0
    if options.start is not None and options.start != (-1 if descending else 1):
        parts.append(f"START WITH {options.start}")
    if options.increment is not None and options.increment != 1:
        parts.append(f"INCREMENT BY {options.increment}")
    if isinstance(options.minvalue, int) and options.minvalue != 1:
        parts.append(f"MINVALUE {options.minvalue}")
    if isinstance(options.maxvalue, int) and options.maxvalue not in (9223372036854775807, -1):
        parts.append(f"MAXVALUE {options.maxvalue}")
    if options.cycle:
        parts.append("CYCLE")
    return parts


def cache(plan: Plan, sequence: Sequence, column: str) -> int:
    """The source's cache where DSQL takes it and it is more than PostgreSQL's default of 1, else the one decided on.

    ``column``: the identity column, as ledger ids have it.
    """
    least = plan.target.limit("identity-cache-min")
    wanted = sequence.options.cache or 1
    return wanted if wanted >= least else int(plan.decide("identity-cache", f"column:{column}"))


def edit_sequence(plan: Plan, sequence: Sequence, fact: CreateSequence, edits: Edits, text: bytes) -> list[str]:
    """Edits that make a CREATE SEQUENCE acceptable; what was changed, in words."""
    changes = []
    least = plan.target.limit("identity-cache-min")
    options = fact.options
    where = options.span_of("cache")
    if options.cache is None:
        edits.insert(fact.span.end, " CACHE 1")
        changes.append("CACHE said: DSQL wants it")
    elif options.cache != 1 and options.cache < least and where is not None:
        edits.replace(where, f"CACHE {least}")
        changes.append(f"CACHE is 1 or at least {least} on DSQL")
    type_span = options.span_of("as")
    if options.type is not None and options.type.name != "int8" and type_span is not None:
        edits.delete(type_span, text)
        if not isinstance(options.maxvalue, int):
            edits.insert(fact.span.end, f" MAXVALUE {_GREATEST.get(options.type.name, 9223372036854775807)}")
            no_maximum = options.span_of("maxvalue")
            if no_maximum is not None:
                edits.delete(no_maximum, text)
        changes.append("a sequence is bigint on DSQL")
    return changes

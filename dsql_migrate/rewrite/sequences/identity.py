"""Sequences: the identity clause that takes over a serial column, and what CREATE SEQUENCE needs on DSQL."""

from __future__ import annotations

from dataclasses import replace

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.plan import ColumnPlan, Plan, dotted, name_of
from dsql_migrate.rewrite.quoting import qualified
from dsql_migrate.schema.model import Key, Sequence
from dsql_migrate.schema.naming import compose
from dsql_migrate.source.facts import CreateSequence, SequenceOptions

_BIGGEST = 9223372036854775807
_GREATEST = {"int2": 32767, "int4": 2147483647, "smallserial": 32767, "serial": 2147483647}


def identity_sql(plan: Plan, table: Key, column: ColumnPlan) -> str:
    """GENERATED … AS IDENTITY (…) with the sequence's name, start and increment. CACHE must be 1 or at least 65536."""
    sequence = column.identity
    assert sequence is not None
    parts = []
    if sequence.key != (table[0], compose(table[1], column.column.name, "seq")):
        parts.append(f"SEQUENCE NAME {qualified(sequence.key)}")
    base = sequence.options.type or plan.catalogue.resolve_type(column.column.type).base
    parts += bounds(sequence.options, _GREATEST.get(base.name, _BIGGEST))
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


def bounds(options: SequenceOptions, most: int | None = None) -> list[str]:
    """START, INCREMENT, MINVALUE, MAXVALUE, CYCLE where they are not what DSQL would choose itself.

    ``most``: the greatest number of the source's type, which a sequence with CYCLE goes up to.
    """
    parts = []
    descending = options.increment is not None and options.increment < 0
    low, high = (-_BIGGEST - 1, -1) if descending else (1, _BIGGEST)
    least = options.minvalue if isinstance(options.minvalue, int) else low
    greatest = options.maxvalue if isinstance(options.maxvalue, int) else high
    if options.cycle and most is not None and not isinstance(options.maxvalue, int) and not descending:
        greatest = most
    if options.cycle and most is not None and not isinstance(options.minvalue, int) and descending:
        least = -most - 1
    usual = high if descending else low
    if options.start is not None and (options.start, greatest if descending else least) != (usual, usual):
        parts.append(f"START WITH {options.start}")
    if options.increment is not None and options.increment != 1:
        parts.append(f"INCREMENT BY {options.increment}")
    if least != low:
        parts.append(f"MINVALUE {least}")
    if greatest != high:
        parts.append(f"MAXVALUE {greatest}")
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
    options = fact.options
    where = options.span_of("cache")
    size, why = sequence_cache(plan, sequence)
    if options.cache is None or where is None:
        edits.insert(fact.span.end, f" CACHE {size}")
        changes.append(why or "CACHE said: DSQL wants it")
    elif options.cache != size:
        edits.replace(where, f"CACHE {size}")
        changes.append(why)
    type_span = options.span_of("as")
    if options.type is not None and options.type.name != "int8" and type_span is not None:
        edits.delete(type_span, text)
        if not isinstance(options.maxvalue, int):
            edits.insert(fact.span.end, f" MAXVALUE {_GREATEST.get(options.type.name, _BIGGEST)}")
            no_maximum = options.span_of("maxvalue")
            if no_maximum is not None:
                edits.delete(no_maximum, text)
        changes.append("a sequence is bigint on DSQL")
    return changes


def sequence_anew(plan: Plan, sequence: Sequence) -> tuple[str, list[str]]:
    """CREATE SEQUENCE with what ALTER SEQUENCE has made of it (no semicolon); what was changed, in words."""
    options = sequence.options
    type = options.type.name if options.type is not None else "int8"
    most = _GREATEST.get(type, _BIGGEST)
    if type != "int8" and not isinstance(options.maxvalue, int) and not (options.increment or 1) < 0:
        options = replace(options, maxvalue=most)
    size, why = sequence_cache(plan, sequence)
    changes = ["with what ALTER SEQUENCE says of it", *([why] if why else [])]
    return " ".join(["CREATE SEQUENCE", qualified(sequence.key), *bounds(options, most), f"CACHE {size}"]), changes


def sequence_cache(plan: Plan, sequence: Sequence) -> tuple[int, str]:
    """The CACHE of a sequence that stands for itself, and why it is not the source's ("": it is)."""
    least = plan.target.limit("identity-cache-min")
    wanted = plan.decide("sequence-cache", f"sequence:{dotted(sequence.key)}")
    source = sequence.options.cache or 1
    if wanted != "source":
        return int(wanted), "" if source == int(wanted) else f"CACHE {wanted}, as decided"
    if source == 1 or source >= least:
        return source, ""
    return least, f"CACHE is 1 or at least {least} on DSQL"

"""Optimistic concurrency on a server that locks: parking, replay, private copies, and the verdict at COMMIT.

No statement waits for an idle transaction: that one is *parked* (its work rolled back to a savepoint behind its BEGIN;
its snapshot stays, its changes stand in its log) and its work is replayed when it speaks again. Where a commit of
another has got in the way, it goes on with private copies of its tables, as its snapshot sees them, until its COMMIT
is refused: as in DSQL, statements never fail for another transaction's sake, and the first to commit wins.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from dsql_migrate.engine.databases.catalog import dotted, literal
from dsql_migrate.engine.gateway.transaction import Refused, Text, Transaction, conflict
from dsql_migrate.engine.occ.effects import Effect
from dsql_migrate.engine.occ.footprint import Footprint, Lock, Mode, footprint, removes_keys
from dsql_migrate.engine.occ.registry import Snapshot
from dsql_migrate.engine.policy.verdict import Name

if TYPE_CHECKING:
    from dsql_migrate.engine.gateway.backend import Backend, Reply
    from dsql_migrate.engine.gateway.database import Database
    from dsql_migrate.engine.gateway.statements import Statement

REPORTING = b"SET LOCAL dsql.capture = 'on'"  # in a transaction block the server reports what changes
SAVEPOINT = b"SAVEPOINT pg_dsql"
BACK = b"ROLLBACK TO SAVEPOINT pg_dsql"
# What may fail only because another transaction has committed: serialization, deadlock, unique and foreign keys.
SUSPECT = frozenset({"40001", "40P01", "23505", "23503"})


async def put_aside(backend: Backend, transaction: Transaction) -> None:
    """Park: roll the work back so that its locks are gone. The session must be idle, in a block that has not failed."""
    if transaction.lock_tables:
        await read_locks(backend, transaction)
    answer = await backend.ask(BACK)
    if answer.error is not None:
        raise ConnectionResetError(answer.error.get("M", "the transaction cannot be parked"))
    transaction.parked = bool(transaction.log or transaction.locks or transaction.apart)


async def read_locks(backend: Backend, transaction: Transaction, tables: Iterable[Name] | None = None) -> None:
    """Note the rows that the transaction has locked explicitly: in all tables, or in these.

    Our own query on its connection. Raises ConnectionResetError.
    """
    names = transaction.lock_tables if tables is None else set(tables)
    answer = await backend.ask(f"SELECT * FROM pg_dsql.locked({_tables((), names)})")
    if answer.error is not None:
        raise ConnectionResetError(answer.error.get("M", "the locks cannot be read"))
    locks = [(int(str(oid)), str(ref), str(shown), shared == "t") for oid, ref, shown, shared in answer.rows]
    if tables is None and not transaction.apart:  # places in private copies are worth nothing elsewhere
        transaction.locks = [(oid, ref, shared) for oid, ref, _shown, shared in locks]
    known = {(lock.relation, lock.shown, lock.shared) for lock in transaction.held}
    for oid, _ref, shown, shared in locks:
        if (oid, shown, shared) not in known:
            transaction.held.append(Lock(oid, shown, shared))
    transaction.unread -= names


async def before_writing(backend: Backend, transaction: Transaction, statement: Statement, alone: bool) -> None:
    """A row that is locked FOR UPDATE and then changed shows no lock any more, so its locks are read before.

    ``alone``: no other transaction is open. Then they need not be known row by row.
    """
    if not statement.tables and not statement.calls:
        return
    if alone:
        transaction.update_tables |= transaction.unread
        transaction.updated = None
        transaction.unread.clear()
    else:
        await read_locks(backend, transaction, set(transaction.unread))


async def bring_back(backend: Backend, database: Database, transaction: Transaction, tables: Iterable[Name]) -> None:
    """Replay the log of a parked transaction, on private copies where a commit is in its way.

    ``tables``: those that the next statement changes or locks. Raises Refused (40001) where that cannot be done.
    """
    if not transaction.apart and not await conflicts(backend, database, transaction):
        if await replay(backend, transaction):
            return
        await backend.ask(BACK)
    transaction.apart = True
    if not await continue_apart(backend, database, transaction, tables):
        raise conflict()


async def continue_apart(
    backend: Backend, database: Database, transaction: Transaction, tables: Iterable[Name]
) -> bool:
    """Give the transaction, just rolled back to its savepoint, private copies and replay it; whether that worked."""
    touched = {change.relation for change in transaction.changes} | {oid for oid, _ref, _shared in transaction.locks}
    transaction.copied = database.registry.since(transaction.mark)
    touched |= transaction.copied
    answer = await backend.ask(f"SELECT pg_dsql.fork(pg_dsql.related({_tables(touched, tables)}))")
    return answer.error is None and await replay(backend, transaction)


async def replay(backend: Backend, transaction: Transaction) -> bool:
    """Do again what stands in the log, behind the savepoint; whether nothing stood in its way."""
    transaction.parked = False
    transaction.replayed = True
    for entry in _again(transaction):
        answer = await backend.ask(entry)
        if answer.error is not None:
            transaction.parked = True
            return False
    return True


def _again(transaction: Transaction) -> Iterable[bytes | str]:
    for said, entries in groupby(transaction.log, lambda entry: isinstance(entry, Text)):
        if said:
            yield from (entry.sql for entry in entries if isinstance(entry, Text))
        else:
            # All at once: effects of one statement come in any order. In ASCII: the client chooses the encoding.
            told = [{"r": one.relation, "o_": one.old, "n": one.new} for one in entries if isinstance(one, Effect)]
            yield f"SELECT pg_dsql.replay({_array(map(json.dumps, told))})"
    if not transaction.apart:  # private copies have no one to be locked against
        for (relation, shared), refs in _grouped(transaction.locks).items():
            mode = "FOR KEY SHARE" if shared else "FOR UPDATE"
            yield f"SELECT pg_dsql.lock_refs({relation}::oid, '{mode}', {_array(refs)}::tid[])"
    if transaction.rows:
        yield f"SELECT set_config('dsql.rows', '{transaction.rows}', true)"


async def rejoin(backend: Backend, transaction: Transaction) -> bool:
    """Give up the private copies of a transaction that no commit conflicts with; whether its work could be done again.

    Checks of foreign keys are not: they were done on the copies, which is the transaction's snapshot.
    """
    await backend.ask(BACK)
    transaction.apart = False
    transaction.locks.clear()  # it commits at once, and what it has locked for another's sake is in its footprint
    return await replay(backend, transaction)


async def out_of_step(
    backend: Backend, database: Database, transaction: Transaction, changes: Sequence[Effect]
) -> bool:
    """Whether a statement that made these changes may have seen more than its snapshot.

    PostgreSQL looks beyond the snapshot where it checks a unique key, or what references a row that goes. So where a
    newer commit conflicts with the changes, or has changed rows that may have referenced them, the statement has to
    run again on private copies.
    """
    since = database.registry.since(transaction.mark)
    if not since or not changes:
        return False
    shapes = await database.shapes()
    if any(removes_keys(change, shapes) and shapes.children(change.relation) & since for change in changes):
        return True
    return await _unseen(backend, database.registry.suspects(footprint(changes, (), shapes), transaction.mark))


async def conflicts(backend: Backend, database: Database, transaction: Transaction) -> bool:
    """Whether a commit that the transaction's snapshot does not see conflicts with what it has done."""
    if not database.registry.since(transaction.mark):
        return False
    suspects = database.registry.suspects(await footprint_of(backend, database, transaction), transaction.mark)
    return await _unseen(backend, suspects)


async def enter_single(database: Database, tables: Collection[Name], told: Sequence[Effect] | None) -> None:
    """Enter a statement outside a block among the commits; those in blocks that began while it ran may not see it.

    ``told``: what it has changed, as the server reported it; None where it was not asked to, as no block was open. Then
    ``tables``, those that the statement names, count as changed in every row.
    """
    shapes = await database.shapes()
    if told is None:
        changed, referenced = shapes.reached(tables)
        modes = dict.fromkeys(referenced, Mode.KEY_SHARE) | dict.fromkeys(changed, Mode.STRONG)
        database.registry.record_tables(modes)
        database.fresh_marks()
    elif told:
        database.registry.record(told[-1].xid, footprint(told, (), shapes))


async def _unseen(backend: Backend, suspects: Collection[int]) -> bool:
    """Whether the transaction's snapshot does not see all of these commits."""
    if not suspects:
        return False
    answer = await backend.ask("SELECT pg_current_snapshot()::text")
    if answer.error is not None:
        return True
    snapshot = Snapshot.parse(str(answer.rows[0][0]))
    return any(not snapshot.sees(xid) for xid in suspects)


async def footprint_of(backend: Backend, database: Database, transaction: Transaction) -> Footprint:
    """All that the transaction has changed or locked."""
    if transaction.update_tables and transaction.updated is None:
        answer = await backend.ask(f"SELECT unnest(pg_dsql.beneath({_tables((), transaction.update_tables)}))")
        transaction.updated = {int(str(oid)) for (oid,) in answer.rows}
    shapes = await database.shapes()
    return footprint(transaction.changes, transaction.held, shapes, transaction.updated or ())


async def run(backend: Backend, sql: str | bytes) -> Reply:
    """A statement of ours that must not fail. Raises Refused as PostgreSQL would."""
    answer = await backend.ask(sql)
    if answer.error is not None:
        raise Refused(answer.error.get("C", "XX000"), answer.error.get("M", ""), answer.error.get("D"))
    return answer


def _tables(oids: Iterable[int], names: Iterable[Name]) -> str:
    """SQL for an array of the tables' oids; unknown names are left out."""
    known = [f"{oid}::oid" for oid in sorted(oids)]
    known += [f"to_regclass({literal(dotted(name))})::oid" for name in names if name]
    return f"array_remove(ARRAY[{', '.join(known)}]::oid[], NULL)"


def _array(values: Iterable[str]) -> str:
    return f"ARRAY[{', '.join(map(literal, values))}]::text[]"


def _grouped(locks: Iterable[tuple[int, str, bool]]) -> dict[tuple[int, bool], list[str]]:
    found: dict[tuple[int, bool], list[str]] = {}
    for relation, ref, shared in locks:
        found.setdefault((relation, shared), []).append(ref)
    return found

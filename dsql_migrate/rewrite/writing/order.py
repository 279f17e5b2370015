"""The order of the schema's statements: what an item needs stands before it, else the source's order holds."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

from dsql_migrate.rewrite.plan import Item


def ordered(items: Iterable[Item]) -> list[Item]:
    """By rank and source order, but nothing before what it needs. A circle is cut at its first item."""
    waiting = sorted(items, key=lambda i: (i.rank, i.statement))
    makers: dict[str, set[int]] = {}  # functions of one name may be several
    for number, item in enumerate(waiting):
        for name in item.provides:
            makers.setdefault(name, set()).add(number)
    needed: list[set[int]] = []
    users: list[list[int]] = [[] for _ in waiting]
    for number, item in enumerate(waiting):
        before = set[int]().union(*(makers[n] for n in item.needs if n in makers)) - {number}
        needed.append(before)
        for other in before:
            users[other].append(number)
    ready = [n for n, before in enumerate(needed) if not before]
    heapq.heapify(ready)
    done: list[Item] = []
    placed = [False] * len(waiting)
    left = iter(range(len(waiting)))
    while len(done) < len(waiting):
        number = heapq.heappop(ready) if ready else next(n for n in left if not placed[n])
        if placed[number]:
            continue
        placed[number] = True
        done.append(waiting[number])
        for user in users[number]:
            needed[user].discard(number)
            if not needed[user] and not placed[user]:
                heapq.heappush(ready, user)
    return done

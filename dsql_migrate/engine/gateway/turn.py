"""The turn to write. Some things need to be alone, others only need that their like alone is under way.

- ``SINGLE``: statements outside a block, which commit when they are done. Two that meet on a row settle it themselves.
- ``STEP``: changes of rows in blocks, and their COMMITs, where nothing has to be replayed or looked up.
- ``WHOLE``: everything else that writes. It needs to know that nothing is half done.
"""

from __future__ import annotations

import asyncio
from collections import deque
from enum import Enum


class Kind(Enum):
    """What the turn is taken for."""

    SINGLE = "single"
    STEP = "step"
    WHOLE = "whole"


class Turn:
    """First come, first served; those of one kind that can be side by side are. Belongs to one event loop."""

    def __init__(self) -> None:
        self._kind = Kind.WHOLE
        self._holders = 0
        self._waiting: deque[tuple[asyncio.Future[None], Kind]] = deque()
        self.whole = Taking(self, Kind.WHOLE)
        self.step = Taking(self, Kind.STEP)

    def share(self) -> bool:
        """Take the turn for a single statement if that can be now; whether it could."""
        return not self._waiting and self._admit(Kind.SINGLE)

    def give(self) -> None:
        """Give it back."""
        self._holders -= 1
        self._next()

    async def take(self, kind: Kind) -> None:
        """Take it, when it is our turn."""
        if not self._waiting and self._admit(kind):
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((waiter, kind))
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():  # it was ours already
                self.give()
            else:
                self._waiting.remove((waiter, kind))
                self._next()
            raise

    def _admit(self, kind: Kind) -> bool:
        if self._holders and (kind is Kind.WHOLE or kind is not self._kind):
            return False
        self._kind = kind
        self._holders += 1
        return True

    def _next(self) -> None:
        while self._waiting and self._admit(self._waiting[0][1]):
            self._waiting.popleft()[0].set_result(None)


class Taking:
    """The turn of one kind as a context."""

    __slots__ = ("_kind", "_turn")

    def __init__(self, turn: Turn, kind: Kind) -> None:
        self._turn = turn
        self._kind = kind

    async def __aenter__(self) -> None:
        await self._turn.take(self._kind)

    async def __aexit__(self, *_raised: object) -> None:
        self._turn.give()


class Freely:
    """No turn at all, for what does not need one."""

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, *_raised: object) -> None:
        pass


FREELY = Freely()

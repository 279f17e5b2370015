"""The turn to write: many single statements at a time, or one step of a transaction block.

A statement outside a block commits when it is done; two of them that meet on a row settle it between themselves. A step
of a block (a statement that writes, a replay, COMMIT) needs to know that no such statement is half done.
"""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType


class Turn:
    """First come, first served. Belongs to one event loop; not reentrant."""

    def __init__(self) -> None:
        self._shared = 0
        self._taken = False
        self._waiting: deque[asyncio.Future[None]] = deque()

    def share(self) -> bool:
        """Take a share if it is free now; whether that is so."""
        if self._taken or self._waiting:
            return False
        self._shared += 1
        return True

    def unshare(self) -> None:
        """Give a share back."""
        self._shared -= 1
        self._next()

    async def __aenter__(self) -> None:
        """Take the whole turn."""
        if not self._taken and not self._shared and not self._waiting:
            self._taken = True
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():  # it was ours already
                self._taken = False
            else:
                self._waiting.remove(waiter)
            self._next()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._taken = False
        self._next()

    def _next(self) -> None:
        if self._taken or self._shared or not self._waiting:
            return
        self._taken = True
        self._waiting.popleft().set_result(None)


class Freely:
    """No turn at all, for what does not need one."""

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, *_raised: object) -> None:
        pass


FREELY = Freely()

"""What the parts of a session share: both connections, the open transaction, and who may talk to the server now."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from dsql_migrate.engine.gateway import concurrency, wire
from dsql_migrate.engine.gateway.backend import Backend, Reply
from dsql_migrate.engine.gateway.client import Client
from dsql_migrate.engine.gateway.database import Database
from dsql_migrate.engine.gateway.options import Options
from dsql_migrate.engine.gateway.statements import Judged
from dsql_migrate.engine.gateway.transaction import Refused, Text, Transaction
from dsql_migrate.engine.gateway.turn import FREELY, Freely, Taking
from dsql_migrate.engine.occ.effects import effect_of

if TYPE_CHECKING:
    from dsql_migrate.engine.gateway.copying import Copy


class Connection:
    """One client, its server connection, and the state between them."""

    def __init__(self, client: Client, backend: Backend, database: Database, judged: Judged, options: Options) -> None:
        self.client = client
        self.backend = backend
        self.database = database
        self.judged = judged
        self.options = options
        self.transaction: Transaction | None = None
        self.line = asyncio.Lock()  # whoever talks to the server beyond passing on
        self.skipping = False  # after an error in the extended protocol, until Sync
        self.copying: Copy | None = None
        self.copied = False  # the last statement took COPY data
        self.capturing = False  # the server reports what this session changes
        self._random = random.Random(options.seed)
        backend.stray = self._stray

    async def park(self) -> None:
        """Free what the open transaction holds, for a statement of another session that waits for it."""
        if self.line.locked() or (self.backend.replies and self.copying is None):
            return  # busy: whoever waits asks again
        async with self.line:
            try:
                if self.copying is not None:
                    await self.copying.give_up()
                transaction = self.transaction
                if transaction is not None and not transaction.parked and self.backend.status != "I":
                    await concurrency.put_aside(self.backend, transaction)
            except ConnectionResetError:
                self.client.close()  # what it has done is lost: it must not go on as if nothing had happened

    async def bring_back(self, tables: tuple[tuple[str, ...], ...] = ()) -> None:
        """Replay what a parked transaction has done; turn and line are ours. Raises Refused."""
        if self.transaction is not None and self.transaction.parked:
            with Watch(self):
                await concurrency.bring_back(self.backend, self.database, self.transaction, tables)

    async def exchange(
        self, data: bytes, *, mute: bool = False, hush: bool = False, warning: bytes = b"", behind: bytes = b""
    ) -> Reply:
        """Send a request of the client's and wait for its end; the answer goes to the client.

        ``mute``, ``hush``, ``warning``: as in ``Reply``. ``behind``: a request of ours that is sent with it and not
        waited for.
        """
        async with self.line:
            reply = await self.send(data, mute, hush=hush, warning=warning, behind=behind)
        if reply.error is not None and mute:
            self.skipping = True
        return reply

    async def send(
        self,
        data: bytes,
        mute: bool,
        keep: bool = False,
        *,
        hush: bool = False,
        warning: bytes = b"",
        behind: bytes = b"",
    ) -> Reply:
        """The same where the line is ours. ``keep``: the answer is kept back."""
        reply = self.backend.reply(mute=mute, keep=keep)
        reply.hush, reply.warning = hush, warning
        self.backend.send(data + behind, reply)
        if behind:
            self.backend.replies.append(Reply(forward=False, quiet=True))
        assert reply.done is not None
        with Watch(self):
            await reply.done
        return reply

    def capture(self) -> None:
        """From now on the server reports what this session changes. Only outside a transaction block."""
        if not self.capturing:
            self.capturing = True
            self.backend.send(wire.internal(b"SET dsql.capture = 'on'"), Reply(forward=False, quiet=True))

    def set_again(self) -> None:
        """RESET ALL has forgotten what we have set, and it does so again whenever it is replayed."""
        own = [b"SET dsql.capture = 'on'"] if self.capturing else []
        if self.transaction is not None:
            own.append(concurrency.REPORTING)
            own.append(b"SET LOCAL dsql.rows = '%d'" % self.transaction.rows)
            self.transaction.log.extend(Text(sql) for sql in own)
        for sql in own:
            self.backend.send(wire.internal(sql), Reply(forward=False))

    def unlucky(self) -> bool:
        """Whether chaos has chosen this transaction."""
        return bool(self.options.chaos) and self._random.random() < self.options.chaos

    def lost(self) -> bool:
        """Whether chaos breaks the connection behind this COMMIT."""
        return bool(self.options.chaos_unknown) and self._random.random() < self.options.chaos_unknown

    def limit(self, name: str) -> Refused:
        """The refusal of one of the target's limits."""
        limit = self.judged.target.limits[name]
        return Refused(limit.sqlstate or "54000", limit.message or name)

    def turn(self, needed: bool, step: bool = False) -> Taking | Freely:
        """The turn to write, of all sessions of the database; taken before the line.

        ``step``: beside others of the same kind (see turn.py).
        """
        if not needed:
            return FREELY
        return self.database.turn.step if step else self.database.turn.whole

    def _stray(self, told: str) -> None:
        """Effects of what was passed on without a look."""
        if self.transaction is not None:
            self.transaction.note(effect_of(told))


class Watch:
    """While the server works for a session, idle transactions that it waits for are parked; most do not wait at all."""

    __slots__ = ("_connection", "_task", "_timer")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> None:
        if self._connection.database.others_hold(self._connection):
            patience = self._connection.database.patience
            self._timer = asyncio.get_running_loop().call_later(patience, self._begin)

    def __exit__(self, *_raised: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()

    def _begin(self) -> None:
        self._task = asyncio.ensure_future(self._connection.database.watch(self._connection))

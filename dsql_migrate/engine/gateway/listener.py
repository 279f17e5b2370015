"""Accepts clients, and sees each from its start-up packet to its session."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING

from dsql_migrate.engine.databases.bootstrap import bootstrap
from dsql_migrate.engine.databases.jobs import Worker
from dsql_migrate.engine.endpoint import ConnectionLost, Wire
from dsql_migrate.engine.gateway import startup, wire
from dsql_migrate.engine.gateway.backend import Backend, Reply
from dsql_migrate.engine.gateway.client import Client, MessageTooLong
from dsql_migrate.engine.gateway.connection import Connection
from dsql_migrate.engine.gateway.database import Database
from dsql_migrate.engine.gateway.options import Options
from dsql_migrate.engine.gateway.session import Session
from dsql_migrate.engine.gateway.startup import CancelRequest, EncryptionRequest, Startup, StartupError
from dsql_migrate.engine.gateway.statements import Judged

if TYPE_CHECKING:
    from dsql_migrate.engine.postgres.given import GivenServer
    from dsql_migrate.engine.postgres.server import Server
    from dsql_migrate.target import Target

_LOG = logging.getLogger("dsql_migrate.engine")
_LOGIN_SECONDS = 60
_BUILTINS = "SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace"


class Listener:
    """A running gateway. ``host`` and ``port`` are where it listens."""

    def __init__(self, server: Server | GivenServer, options: Options) -> None:
        self._server = server
        self._options = options
        self._databases: dict[str, asyncio.Task[Database]] = {}
        self._judged: Judged | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening: list[socket.socket] = []
        self.host, self.port = options.host, options.port

    async def open(self) -> None:
        """Begin to listen. Raises OSError."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self._options.host, self._options.port, type=socket.SOCK_STREAM)
        family, kind, protocol, _name, place = found[0]
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(place)
            listening.listen(512)
            listening.setblocking(False)
        except BaseException:
            listening.close()
            raise
        self._listening.append(listening)
        self.host, self.port = listening.getsockname()[:2]
        self._keep(asyncio.ensure_future(self._accept(listening)))

    async def close(self) -> None:
        """Stop listening, and end every session."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for listening in self._listening:
            listening.close()
        for waited in self._databases.values():
            waited.cancel()
            with contextlib.suppress(Exception, asyncio.CancelledError):
                await (await waited).close()
        self._databases.clear()

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, _place = await loop.sock_accept(listening)
            except OSError:  # no more file descriptors, or the client is gone again
                await asyncio.sleep(0.05)
                continue
            self._keep(asyncio.ensure_future(self._welcome(accepted)))

    async def _welcome(self, accepted: socket.socket) -> None:
        """See whether the client speaks TLS at once (sslnegotiation=direct), and serve it."""
        accepted.setblocking(False)
        loop = asyncio.get_running_loop()
        tls = self._options.tls
        client = Client(self._options.target.limit("message-bytes"))
        try:
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            async with asyncio.timeout(_LOGIN_SECONDS):
                direct = tls is not None and await _first_byte(accepted) == startup.TLS_HANDSHAKE
                await loop.connect_accepted_socket(lambda: client, accepted, ssl=tls if direct else None)
        except (OSError, TimeoutError):
            accepted.close()
            return
        except asyncio.CancelledError:
            accepted.close()
            raise
        task = asyncio.current_task()
        assert task is not None
        client.on_lost = task.cancel
        await self._served(client)

    def _keep(self, task: asyncio.Task[None]) -> asyncio.Task[None]:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _served(self, client: Client) -> None:
        """One connection, from beginning to end."""
        try:
            await self._serve(client)
        except StartupError as error:
            client.write(error.answer())
        except wire.ProtocolError as error:
            client.write(wire.error("08P01", str(error), severity="FATAL"))
        except (ConnectionResetError, BrokenPipeError, MessageTooLong, TimeoutError):
            pass
        except asyncio.CancelledError:
            pass  # the client is gone, or the gateway ends
        except Exception:
            _LOG.exception("a session of the gateway failed")
            client.write(wire.error("XX000", "the engine's gateway failed; its log says where", severity="FATAL"))
        finally:
            client.close()

    async def _serve(self, client: Client) -> None:
        async with asyncio.timeout(_LOGIN_SECONDS):
            begun = await self._negotiate(client)
            if begun is None:
                return
            database = await self._database(begun.database)
            backend = await self._connect(client, begun)
        try:
            assert self._judged is not None
            session = Session(Connection(client, backend, database, self._judged, self._options))
            try:
                await session.run()
            finally:
                session.ended()
                if backend.replies:
                    self._keep(asyncio.ensure_future(self._cancel(backend.pid.to_bytes(4, "big") + backend.key)))
        finally:
            backend.close()

    async def _negotiate(self, client: Client) -> Startup | None:
        """Read start-up packets up to the StartupMessage, and the password; None where it was a cancel request."""
        encrypted = False
        while True:
            length = startup.body_length(await client.bytes(4))
            request = startup.read_request(await client.bytes(length))
            if isinstance(request, CancelRequest):
                await self._cancel(request.pid.to_bytes(4, "big") + request.secret)
                return None
            if isinstance(request, Startup):
                break
            if encrypted and request.tls:
                raise StartupError("08P01", None)
            encrypted = await self._encrypt(client, request) or encrypted
        refused = startup.refused_setting(request.settings, self._options.target)
        if refused is not None:
            raise refused
        client.write(request.negotiation + startup.ask_password())
        kind, _password = await client.message()
        if kind != ord("p"):
            raise StartupError("08P01", "expected password response")
        return request

    async def _encrypt(self, client: Client, request: EncryptionRequest) -> bool:
        if not request.tls or self._options.tls is None:
            client.write(b"N")
            return False
        if client.buffer:
            raise StartupError("08P01", "received unencrypted data after SSL request")
        client.write(b"S")
        assert client.transport is not None
        loop = asyncio.get_running_loop()
        try:
            upgraded = await loop.start_tls(client.transport, client, self._options.tls, server_side=True)
        except OSError as error:
            raise ConnectionResetError("no TLS") from error
        assert upgraded is not None
        client.transport = upgraded
        return True

    async def _connect(self, client: Client, begun: Startup) -> Backend:
        """A connection to the server as the client's role; what the server says of it goes to the client."""
        target = self._options.target
        parameters = {"user": begun.user, "database": begun.database} | startup.backend_settings(begun.settings)
        parameters["dsql.row_limit"] = str(target.limit("transaction-rows"))
        parameters["dsql.size_limit"] = str(target.limit("transaction-bytes"))
        if begun.user == self._server.superuser:
            raise startup.access_denied(target)  # the server's own, which is nobody's to be
        backend = Backend(client.write, lambda: None)  # a refusal is to reach the client before it is cut off
        client.on_pause = backend.hold
        backend.on_pause = client.hold
        reply = await self._open(backend, parameters)
        shown = [_as_service(message, target.reported) for message in reply.kept]
        if reply.error is not None:
            backend.close()
            raise startup.login_refused(target, reply.error)
        if backend.closed:
            raise ConnectionResetError("the server closed the connection")
        backend.lost = client.close
        limit = target.limits["key-bytes"]
        backend.key_too_large = wire.error(limit.sqlstate or "54000", limit.message or "")
        client.write(b"".join(shown) + wire.ready("I"))
        return backend

    async def _open(self, backend: Backend, parameters: dict[str, str]) -> Reply:
        """Connect to the server and log in; the reply has its messages, or the error."""
        await self._reach(backend)
        reply = backend.reply(keep=True)
        backend.send(startup.startup_message(parameters), reply)
        assert reply.done is not None
        try:
            await reply.done
        except ConnectionResetError:
            if reply.error is None:
                raise
        return reply

    async def _reach(self, protocol: asyncio.Protocol) -> asyncio.Transport:
        """A connection to the server."""
        host, port = self._server.socket
        loop = asyncio.get_running_loop()
        if host.startswith("/"):
            transport, _ = await loop.create_unix_connection(lambda: protocol, f"{host}/.s.PGSQL.{port}")
            return transport
        there, _ = await loop.create_connection(lambda: protocol, host, port)
        return there

    async def _cancel(self, key: bytes) -> None:
        """Pass a cancel request on."""
        with contextlib.suppress(OSError):
            transport = await self._reach(asyncio.Protocol())
            transport.write(b"\0\0\0\x10\x04\xd2\x16\x2e" + key)
            transport.close()

    async def _database(self, name: str) -> Database:
        """The shared state of a database; prepared when its first client comes. Raises StartupError."""
        task = self._databases.get(name)
        if task is not None and _dead(task):
            await self.forget(name)
            task = self._databases.get(name)
        if task is None:
            task = self._databases[name] = asyncio.ensure_future(self._prepare(name))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            raise
        except Exception:
            self._databases.pop(name, None)
            raise

    async def forget(self, name: str) -> None:
        """End our own connections to a database, which is to be dropped or copied."""
        waited = self._databases.pop(name, None)
        if waited is not None:
            await (await waited).close()

    async def _prepare(self, name: str) -> Database:
        if not self._server.offers(name):
            raise StartupError("3D000", f'database "{name}" does not exist')
        dsn = self._server.dsn(name)
        try:
            await asyncio.get_running_loop().run_in_executor(None, _bootstrap, dsn, name, self._options.target)
        except ConnectionLost as error:
            raise StartupError("3D000", str(error).rpartition("FATAL: ")[2].strip()) from None
        monitor = Backend(lambda _data: None, lambda: None)
        await self._open(monitor, {"user": self._server.superuser, "database": name})
        database = Database(name, monitor)
        database.worker = Worker(dsn, self._options.job_seconds, database)
        if self._judged is None:
            builtins = frozenset(str(row[0]).encode() for row in await database.ask(_BUILTINS))
            self._judged = Judged(self._options.target, builtins)
        return database


async def serve(server: Server | GivenServer, options: Options) -> Listener:
    """Start a gateway in front of a running server, on this event loop. Raises OSError where it cannot listen."""
    listener = Listener(server, options)
    await listener.open()
    return listener


def _dead(task: asyncio.Future[Database]) -> bool:
    """Whether our own connection has ended: the server has crashed and begun anew, without the sessions there were."""
    return task.done() and not task.cancelled() and task.exception() is None and task.result().monitor.closed


async def _first_byte(accepted: socket.socket) -> int | None:
    """The first byte that a client sends, which stays to be read; None where it sends none."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(accepted, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(accepted)
    peeked = accepted.recv(1, socket.MSG_PEEK)
    return peeked[0] if peeked else None


def _bootstrap(dsn: str, name: str, target: Target) -> None:
    connection = Wire(dsn)
    try:
        bootstrap(connection, name, target)
    finally:
        connection.close()


def _as_service(message: bytes, shown: Mapping[str, str]) -> bytes:
    """A message of the server's start-up as the service would send it."""
    if message[0] == ord("S"):
        name = message[5 : message.index(b"\0", 5)].decode()
        return wire.parameter(name, shown[name]) if name in shown else message
    return message

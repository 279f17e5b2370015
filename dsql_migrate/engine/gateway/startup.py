"""How a connection begins: start-up packets read, settings judged, the answers before the first ReadyForQuery.

Pure: bytes in, facts or bytes out. The form of the packets is PostgreSQL's ("Message Flow", "Message Formats").
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dsql_migrate.engine.policy.calls import spoken
from dsql_migrate.target import Target

LONGEST = 10_000  # bytes of a start-up packet: PostgreSQL's MAX_STARTUP_PACKET_LENGTH
TLS_HANDSHAKE = 0x16  # first byte of a client that speaks TLS at once (libpq 17: sslnegotiation=direct)
_CANCEL, _SSL, _GSSENC = 80877102, 80877103, 80877104
_MAJOR, _MINOR = 3, 0  # what the server behind us speaks
_NAME_BYTES = 63  # PostgreSQL cuts longer names
_DATABASE = "postgres"  # the one database of a cluster
_OWN = ("user", "database", "options", "replication")  # not settings of the session


class StartupError(Exception):
    """The connection cannot begin. ``message`` None: it is closed without a word, as PostgreSQL does with noise."""

    def __init__(self, sqlstate: str, message: str | None, hint: str | None = None) -> None:
        super().__init__(message or "not a start-up packet")
        self.sqlstate = sqlstate
        self.message = message
        self.hint = hint

    def answer(self) -> bytes:
        """The bytes to send before closing; empty where the client gets none."""
        return b"" if self.message is None else fatal(self.sqlstate, self.message, self.hint)


@dataclass(frozen=True, slots=True)
class EncryptionRequest:
    """The client asks for TLS, or for GSSAPI encryption; the answer is one byte."""

    tls: bool


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """What BackendKeyData told the client whose statement is to be cancelled."""

    pid: int
    secret: bytes


@dataclass(frozen=True, slots=True)
class Startup:
    """A StartupMessage. ``settings`` are those for the session, in the order given, options included."""

    user: str
    database: str
    settings: tuple[tuple[str, str], ...] = ()
    minor: int = 0  # of protocol 3
    unknown: tuple[str, ...] = ()  # protocol options (_pq_.…) that we do not know

    @property
    def negotiation(self) -> bytes:
        """NegotiateProtocolVersion where the client asked for more than protocol 3.0; else empty."""
        if self.minor <= _MINOR and not self.unknown:
            return b""
        names = b"".join(_text(name) for name in self.unknown)
        return _message(b"v", struct.pack("!II", (_MAJOR << 16) | _MINOR, len(self.unknown)) + names)


Request = EncryptionRequest | CancelRequest | Startup


def body_length(header: bytes) -> int:
    """The bytes that follow the four of the length. Raises StartupError where that is no start-up packet."""
    (length,) = struct.unpack("!I", header)
    if not 8 <= length <= LONGEST + 4:
        raise StartupError("08P01", None)
    return int(length) - 4


def read_request(body: bytes) -> Request:
    """What a start-up packet (without its length) asks for. Raises StartupError."""
    if len(body) < 4:
        raise StartupError("08P01", None)
    (code,) = struct.unpack_from("!I", body)
    if code in (_SSL, _GSSENC):
        return EncryptionRequest(tls=code == _SSL)
    if code == _CANCEL:
        if len(body) != 12:
            raise StartupError("08P01", None)
        return CancelRequest(struct.unpack_from("!I", body, 4)[0], body[8:])
    major, minor = code >> 16, code & 0xFFFF
    if major != _MAJOR:
        supported = f"server supports {_MAJOR}.0 to {_MAJOR}.{_MINOR}"
        raise StartupError("0A000", f"unsupported frontend protocol {major}.{minor}: {supported}")
    return _startup(minor, dict(_pairs(body[4:])))


def refused_setting(settings: Sequence[tuple[str, str]], target: Target) -> StartupError | None:
    """The error for the first setting that DSQL does not let a connection make: rules/parameters.yaml."""
    for name, value in settings:
        if name.lower() == "client_encoding" and not spoken(value):
            return StartupError("22023", f'invalid value for parameter "client_encoding": "{value}"')
        if name.lower() not in target.settable:
            return StartupError("0A000", f'setting configuration parameter "{name}" not supported')
    return None


def startup_message(parameters: Mapping[str, str]) -> bytes:
    """A StartupMessage of protocol 3.0 for the server behind us; ``parameters`` has ``user`` and ``database`` too."""
    pairs = b"".join(_text(name) + _text(value) for name, value in parameters.items())
    body = struct.pack("!I", _MAJOR << 16) + pairs + b"\0"
    return struct.pack("!I", len(body) + 4) + body


def backend_settings(settings: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The session's settings under the names the server behind us takes; the last of a name counts.

    PostgreSQL takes unknown parameters only with a dot in their name: DSQL's plain one gets a prefix.
    """
    found: dict[str, str] = {}
    for name, value in settings:
        plain = name.lower()
        found["dsql.disable_sync_create_index" if plain == "disable_sync_create_index" else plain] = value
    return found


def access_denied(target: Target) -> StartupError:
    """What a role gets that cannot log in, or that is not there: rules/connections.yaml."""
    answer = target.login["access-denied"]
    return StartupError(answer.sqlstate, answer.message)


def login_refused(target: Target, error: Mapping[str, str]) -> StartupError:
    """What a client is told where the server behind us refused its login: ``error`` are the fields of its answer."""
    sqlstate = error.get("C", "XX000")
    if sqlstate in ("28000", "28P01"):  # no such role, or none that may log in
        return access_denied(target)
    if sqlstate == "53300":
        answer = target.login["too-many"]
        return StartupError(answer.sqlstate, answer.message)
    return StartupError(sqlstate, error.get("M", "the server refused the connection"), error.get("H"))


def ask_password() -> bytes:
    """AuthenticationCleartextPassword: a token is sent as the password, whatever it is."""
    return _message(b"R", struct.pack("!I", 3))


def authentication_ok() -> bytes:
    """AuthenticationOk."""
    return _message(b"R", struct.pack("!I", 0))


def parameter_status(name: str, value: str) -> bytes:
    """ParameterStatus."""
    return _message(b"S", _text(name) + _text(value))


def fatal(sqlstate: str, message: str, hint: str | None = None) -> bytes:
    """ErrorResponse of severity FATAL."""
    fields = [("S", "FATAL"), ("V", "FATAL"), ("C", sqlstate), ("M", message)]
    if hint is not None:
        fields.append(("H", hint))
    return _message(b"E", b"".join(field.encode() + _text(value) for field, value in fields) + b"\0")


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


def _text(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape").replace(b"\0", b"") + b"\0"


def _pairs(body: bytes) -> Iterator[tuple[str, str]]:
    """Names and values, each ended by a zero byte; an empty name ends them."""
    layout = StartupError("08P01", "invalid startup packet layout: expected terminator as last byte")
    words = body.split(b"\0")
    if len(words) < 2 or words[-1] != b"":
        raise layout
    for at in range(0, len(words), 2):
        if words[at] == b"":
            if at != len(words) - 2:
                raise layout
            return
        if at + 1 >= len(words) - 1:
            raise layout
        yield _decoded(words[at]), _decoded(words[at + 1])


def _decoded(word: bytes) -> str:
    try:
        return word.decode()
    except UnicodeDecodeError as error:
        shown = " ".join(f"0x{byte:02x}" for byte in word[error.start : error.end])
        raise StartupError("22021", f'invalid byte sequence for encoding "UTF8": {shown}') from None


def _startup(minor: int, parameters: Mapping[str, str]) -> Startup:
    user = parameters.get("user", "")
    if not user:
        raise StartupError("28000", "no PostgreSQL user name specified in startup packet")
    if not _is_false(parameters.get("replication", "false")):
        raise StartupError("0A000", 'setting configuration parameter "replication" not supported')
    direct = [(n, value) for n, value in parameters.items() if n not in _OWN and not n.startswith("_pq_.")]
    return Startup(
        user=_cut(user),
        database=_cut(parameters.get("database") or _DATABASE),
        settings=(*_switches(parameters.get("options", "")), *direct),  # the direct ones come last, and so they win
        minor=minor,
        unknown=tuple(name for name in parameters if name.startswith("_pq_.")),
    )


def _cut(name: str) -> str:
    return name.encode()[:_NAME_BYTES].decode(errors="ignore")


def _is_false(value: str) -> bool:
    """PostgreSQL's reading of a boolean; ``replication=database`` is neither, and counts as true here."""
    word = value.lower()
    return word in ("0", "of", "off") or (word != "" and ("false".startswith(word) or "no".startswith(word)))


def _switches(options: str) -> Iterator[tuple[str, str]]:
    """``-c name=value`` and ``--name=value``, as the server's own command line has them. Raises StartupError."""
    words = iter(_words(options))
    for word in words:
        if word == "-c":
            setting = next(words, None)
            if setting is None:
                raise _bad_switch(word)
        elif word.startswith("-c") or (word.startswith("--") and len(word) > 2):
            setting = word[2:]
        else:
            raise _bad_switch(word)
        name, equals, value = setting.partition("=")
        if not equals or not name:
            raise StartupError("42601", f"-c {setting} requires a value")
        yield name.replace("-", "_"), value


def _bad_switch(word: str) -> StartupError:
    return StartupError("42601", f"invalid command-line argument for server process: {word}")


def _words(options: str) -> Iterator[str]:
    """Split at white space; a backslash takes the next character as it is (PostgreSQL's pg_split_opts)."""
    word: list[str] = []
    inside = escaped = False
    for character in options:
        if escaped:
            word.append(character)
            escaped = False
        elif character == "\\":
            inside = escaped = True
        elif character in " \t\n\r\v\f":
            if inside:
                yield "".join(word)
            word, inside = [], False
        else:
            word.append(character)
            inside = True
    if inside:
        yield "".join(word)

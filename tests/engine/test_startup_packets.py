"""How a connection begins: packets good, bad and hostile, and what the client is told."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_migrate.engine.gateway.startup import (
    LONGEST,
    CancelRequest,
    EncryptionRequest,
    Startup,
    StartupError,
    access_denied,
    backend_settings,
    body_length,
    fatal,
    read_request,
    refused_setting,
    startup_message,
)
from dsql_migrate.target import load_target


def packet(*words: str | bytes, minor: int = 0, end: bytes = b"\0") -> bytes:
    """A StartupMessage without its length."""
    parts = [word.encode() if isinstance(word, str) else word for word in words]
    return struct.pack("!HH", 3, minor) + b"".join(part + b"\0" for part in parts) + end


def started(*words: str | bytes, minor: int = 0) -> Startup:
    request = read_request(packet(*words, minor=minor))
    assert isinstance(request, Startup)
    return request


def refusal(body: bytes) -> tuple[str, str | None]:
    with pytest.raises(StartupError) as caught:
        read_request(body)
    return caught.value.sqlstate, caught.value.message


def test_user_database_and_settings_are_read() -> None:
    found = started("user", "admin", "database", "shop", "client_encoding", "UTF8", "DateStyle", "ISO")
    assert found == Startup("admin", "shop", (("client_encoding", "UTF8"), ("DateStyle", "ISO")))
    assert found.negotiation == b""


def test_without_a_database_it_is_the_clusters_only_one() -> None:
    assert started("user", "admin").database == "postgres"


def test_options_are_split_as_postgresql_splits_them() -> None:
    options = r"-c search_path=x\ y  --time-zone=UTC -cdatestyle=ISO\\x"
    found = started("user", "a", "options", options, "datestyle", "SQL")
    assert found.settings == (
        ("search_path", "x y"),
        ("time_zone", "UTC"),
        ("datestyle", "ISO\\x"),
        ("datestyle", "SQL"),
    )
    assert backend_settings(found.settings)["datestyle"] == "SQL"


@pytest.mark.parametrize("options", ["-c", "-c search_path", "--geqo", "-c =on", "-S 100", "-", "--"])
def test_a_bad_switch_ends_the_connection(options: str) -> None:
    assert refusal(packet("user", "a", "options", options))[0] == "42601"


def test_a_newer_protocol_is_negotiated_down() -> None:
    found = started("user", "a", "_pq_.compression", "on", minor=2)
    assert found.unknown == ("_pq_.compression",)
    assert found.settings == ()
    body = struct.pack("!II", 3 << 16, 1) + b"_pq_.compression\0"
    assert found.negotiation == b"v" + struct.pack("!I", len(body) + 4) + body
    assert started("user", "a", minor=2).negotiation[-8:] == struct.pack("!II", 3 << 16, 0)


@pytest.mark.parametrize(("code", "tls"), [(80877103, True), (80877104, False)])
def test_requests_for_encryption(code: int, tls: bool) -> None:
    assert read_request(struct.pack("!I", code)) == EncryptionRequest(tls)


def test_a_cancel_request_has_its_exact_length() -> None:
    assert read_request(struct.pack("!III", 80877102, 7, 9)) == CancelRequest(7, b"\0\0\0\x09")
    assert refusal(struct.pack("!II", 80877102, 7)) == ("08P01", None)


@pytest.mark.parametrize("length", [0, 7, LONGEST + 5, 0x47455420])  # the last: GET of HTTP
def test_what_is_no_start_up_packet_gets_no_answer(length: int) -> None:
    with pytest.raises(StartupError) as caught:
        body_length(struct.pack("!I", length))
    assert caught.value.answer() == b""


def test_the_length_counts_itself() -> None:
    assert body_length(struct.pack("!I", 8)) == 4
    assert body_length(struct.pack("!I", LONGEST + 4)) == LONGEST


@pytest.mark.parametrize(
    ("body", "sqlstate"),
    [
        (b"", "08P01"),
        (struct.pack("!HH", 2, 0), "0A000"),
        (packet(), "28000"),
        (packet("user", ""), "28000"),
        (packet("user", "a", end=b""), "08P01"),
        (packet("user", "a", "datestyle"), "08P01"),
        (packet("user", "a", end=b"\0x"), "08P01"),
        (packet("user", b"\xff\xfe"), "22021"),
        (packet("user", "a", "replication", "database"), "0A000"),
    ],
)
def test_malformed_packets_are_told_why(body: bytes, sqlstate: str) -> None:
    assert refusal(body)[0] == sqlstate


@pytest.mark.parametrize("value", ["off", "false", "0", "no", "f"])
def test_replication_may_be_declined(value: str) -> None:
    assert started("user", "a", "replication", value).settings == ()


def test_names_are_cut_where_postgresql_cuts_them_and_never_inside_a_character() -> None:
    assert started("user", "a" * 62 + "é").user == "a" * 62


def test_settings_outside_the_list_break_the_connection() -> None:
    target = load_target()
    assert refused_setting(started("user", "a", "TimeZone", "UTC").settings, target) is None
    error = refused_setting(started("user", "a", "options", "-c statement_timeout=5").settings, target)
    assert error is not None
    assert (error.sqlstate, error.message) == (
        "0A000",
        'setting configuration parameter "statement_timeout" not supported',
    )
    assert error.answer() == fatal("0A000", 'setting configuration parameter "statement_timeout" not supported')


def test_the_one_setting_with_a_plain_name_gets_a_prefix_for_postgresql() -> None:
    assert backend_settings([("disable_sync_create_index", "off")]) == {"dsql.disable_sync_create_index": "off"}


def test_a_role_that_cannot_log_in_is_told_what_the_service_tells() -> None:
    answer = access_denied(load_target()).answer()
    assert answer.startswith(b"E")
    assert b"\0C08006\0Munable to accept connection, access denied\0" in answer


def test_our_own_start_up_message_reads_back() -> None:
    raw = startup_message({"user": "admin", "database": "x y", "timezone": "UTC"})
    assert body_length(raw[:4]) == len(raw) - 4
    assert read_request(raw[4:]) == Startup("admin", "x y", (("timezone", "UTC"),))


@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_do_more_than_be_refused(noise: bytes, version: bool) -> None:
    body = struct.pack("!HH", 3, 0) + noise if version else noise
    try:
        request: object = read_request(body)
    except StartupError as error:
        request = error
    assert isinstance(request, (Startup, CancelRequest, EncryptionRequest, StartupError))
    if isinstance(request, StartupError):
        assert request.answer()[:1] in (b"", b"E")

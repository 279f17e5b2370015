"""The certificate a local server shows: who trusts it, for which names, and who can read its key."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

import pytest

from dsql_migrate.engine import certificate as certificates
from dsql_migrate.engine.certificate import Certificate, certificate_in
from dsql_migrate.errors import Failure


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate_in(tmp_path_factory.mktemp("tls") / "folder")


def shake_hands(made: Certificate, name: str, trusted: Path | None) -> str:
    """The name the server's certificate was accepted for; raises ssl.SSLError as a client would see it."""
    client = ssl.create_default_context(cafile=trusted)
    client.set_alpn_protocols(["postgresql"])
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            made.context().wrap_socket(theirs, server_side=True).close()
        except (ssl.SSLError, OSError):
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client.wrap_socket(ours, server_hostname=name) as wrapped:
            assert wrapped.selected_alpn_protocol() == "postgresql"
            return name
    finally:
        thread.join(10)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_a_client_that_trusts_the_authority_accepts_every_name_of_this_machine(made: Certificate, name: str) -> None:
    assert shake_hands(made, name, made.authority) == name


def test_no_other_name_and_no_other_client(made: Certificate) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(made, "example.org", made.authority)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(made, "localhost", None)


def test_the_key_is_its_owners_alone_and_the_authoritys_key_is_gone(made: Certificate) -> None:
    assert made.key.stat().st_mode & 0o777 == 0o600
    assert made.key.parent.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in made.key.parent.iterdir()) == ["ca.pem", "server.key", "server.pem"]


def test_it_is_kept_while_it_lasts_and_made_anew_before_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = certificate_in(tmp_path).authority.read_bytes()
    assert certificate_in(tmp_path).authority.read_bytes() == first
    monkeypatch.setattr(certificates, "_RENEW_SECONDS", 398 * 24 * 3600.0)
    assert certificate_in(tmp_path).authority.read_bytes() != first


def test_a_key_that_does_not_fit_is_replaced(tmp_path: Path) -> None:
    made = certificate_in(tmp_path)
    made.key.write_bytes(b"nonsense")
    certificate_in(tmp_path).context()


def test_without_openssl_there_is_one_clear_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failure, match="openssl"):
        certificate_in(tmp_path / "tls")

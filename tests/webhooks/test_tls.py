"""Over TLS the receiver's name is checked, although the connection goes to an address."""

import datetime
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from returns import lifecycle
from returns.models import WebhookAttempt
from returns.webhooks import subscriptions
from tests.conftest import RunJobs
from tests.returns.stories import SYSTEM, requested
from tests.webhooks.receiver import Receiver, listening
from webhooks import sending

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback")]
NAME = "hooks.example.com"


def certificate(folder: Path) -> Path:
    """Write a certificate for the name, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "receiver.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def receiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver with a certificate for one name; every name leads to it."""
    path = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    trusting = ssl.create_default_context()
    trusting.load_verify_locations(path)
    monkeypatch.setattr(sending, "_tls", lambda: trusting)

    def look_up(*_: Any, **__: Any) -> list[tuple[Any, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with listening(tls=context) as found:
        yield found


def send(receiver: Receiver, name: str, run_jobs: RunJobs) -> WebhookAttempt:
    port = receiver.url.split(":")[2].split("/")[0]
    subscriptions.create("returns/decline", f"https://{name}:{port}/hook", actor=SYSTEM)
    lifecycle.decline(requested(), actor=SYSTEM, reason="FINAL_SALE")
    run_jobs()
    return WebhookAttempt.objects.get()


def test_receiver_with_the_right_certificate_gets_it(receiver: Receiver, run_jobs: RunJobs) -> None:
    assert send(receiver, NAME, run_jobs).status_code == 200
    host = receiver.received[0].headers["host"]
    assert host.startswith(f"{NAME}:")


def test_receiver_with_another_certificate_gets_nothing(
    receiver: Receiver, run_jobs: RunJobs
) -> None:
    assert send(receiver, "other.example.com", run_jobs).failure == "NO_CONNECTION"
    assert receiver.received == []

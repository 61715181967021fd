"""The address that is connected to is the one that was checked."""

import asyncio
import socket
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any

import pytest
from pytest_django import Settings

from returns.models import AttemptFailure
from webhooks import network
from webhooks.network import Pinned, Unreachable


class Names:
    """Name servers that answer differently each time."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    def __call__(self, host: str, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        if not self.answers:
            raise socket.gaierror
        found = self.answers.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 0)) for each in found]


def finished(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in a thread of its own: browser tests keep an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def resolve(url: str) -> str:
    found, address = finished(network.resolve(url))
    assert str(found) == url
    return str(address)


def failure(url: str) -> AttemptFailure:
    with pytest.raises(Unreachable) as caught:
        resolve(url)
    return caught.value.failure


def test_public_host_is_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names(["93.184.215.14"]))
    assert resolve("https://example.com/") == "93.184.215.14"


@pytest.mark.parametrize("found", [["10.0.0.1"], ["93.184.215.14", "10.0.0.1"], ["127.0.0.1"]])
def test_host_that_leads_into_a_private_network_is_refused(
    monkeypatch: pytest.MonkeyPatch, found: list[str]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names(found))
    assert failure("https://example.com/") == AttemptFailure.REFUSED_ADDRESS


def test_unknown_host_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names())
    assert failure("https://example.com/") == AttemptFailure.UNKNOWN_HOST


def test_without_tls_only_named_networks_are_sent_to(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["10.0.0.0/8"]
    monkeypatch.setattr(socket, "getaddrinfo", Names(["93.184.215.14"], ["10.0.0.1"]))
    assert failure("http://example.com/") == AttemptFailure.REFUSED_ADDRESS
    assert resolve("http://erp.example/") == "10.0.0.1"


@pytest.mark.parametrize(
    ("address", "family"), [("1.2.3.4", socket.AF_INET), ("2606::1", socket.AF_INET6)]
)
def test_name_leads_to_the_checked_address(address: str, family: int) -> None:
    pinned = Pinned()
    pinned.pin("a.example", ip_address(address))
    [found] = finished(pinned.resolve("a.example", 443))
    assert (found["host"], found["family"], found["port"]) == (address, family, 443)
    assert found["hostname"] == "a.example"


def test_name_that_was_not_checked_leads_nowhere() -> None:
    pinned = Pinned()
    with pytest.raises(OSError, match=r"a\.example"):
        finished(pinned.resolve("a.example", 443))
    pinned.pin("a.example", ip_address("1.2.3.4"))
    with pytest.raises(OSError, match=r"b\.example"):
        finished(pinned.resolve("b.example", 443))

"""Where webhooks may be sent: https, and no private network unless the settings allow it.

Checked when a subscription is made, as far as its address says it, and again for the address that
its host resolves to, each time before anything is sent there.
"""

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from returns.errors import InvalidAddress
from returns.models.subscriptions import ADDRESS_LENGTH

Address = IPv4Address | IPv6Address

# A name, or an address of IPv6.
_HOST: Final = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_.])?|[0-9a-f:.]+")
# Addresses of IPv4 within IPv6, as gateways between both write them (RFC 6052).
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")


def checked_address(address: str) -> str:
    """Return an address that can be subscribed with. Raises InvalidAddress."""
    address = address.strip()
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  # raises for what is no port
    except ValueError:
        raise _not_an_address() from None
    _check_shape(address, parts)
    literal = _literal(parts.hostname or "")
    if literal is not None and not is_allowed(literal):
        raise _private()
    return address


def _check_shape(address: str, parts: SplitResult) -> None:
    if parts.scheme not in ("https", "http") or not parts.hostname or len(address) > ADDRESS_LENGTH:
        raise _not_an_address()
    if not address.isascii() or not address.isprintable() or " " in address:
        raise _not_an_address()
    if not _HOST.fullmatch(parts.hostname):
        raise _not_an_address()
    if parts.username or parts.password or parts.fragment:
        raise InvalidAddress(
            _("Leave user name, password and what follows # out of the address."),
            field=("address",),
        )
    if parts.scheme == "http" and not settings.WEBHOOK_ALLOWED_NETWORKS:
        raise InvalidAddress(
            _("The protocol http:// is not supported. Use https://."), field=("address",)
        )


def _literal(host: str) -> Address | None:
    """Return the address that a host is written as; None for a name."""
    if host.rstrip(".") == "localhost" or host.rstrip(".").endswith(".localhost"):
        return IPv4Address("127.0.0.1")
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_allowed(address: Address) -> bool:
    """Whether webhooks may be sent to an address: a public one, or one that the settings allow."""
    plain = _plain(address)
    return is_named(plain) or (plain.is_global and not plain.is_multicast)


def is_named(address: Address) -> bool:
    """Whether the settings allow an address by its network; only these are sent to without TLS."""
    plain = _plain(address)
    networks = (ip_network(text, strict=False) for text in settings.WEBHOOK_ALLOWED_NETWORKS)
    return any(plain in network for network in networks)


def _plain(address: Address) -> Address:
    """Return the address of IPv4 that one of IPv6 stands for, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _not_an_address() -> InvalidAddress:
    return InvalidAddress(
        _("Write a whole address, as in https://example.com/webhooks."), field=("address",)
    )


def _private() -> InvalidAddress:
    return InvalidAddress(
        _("This address lies in a private network, where webhooks are not sent to."),
        field=("address",),
    )

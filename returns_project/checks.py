"""What `manage.py check` says about an installation, before people find out.

What only matters to an installation that people use is said by `manage.py check --deploy`.
"""

import ctypes
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004
from django.db import DatabaseError

from orders.models import Payment
from returns.refunds.gateways import STRIPE

# The tag of these checks: what can be wrong with a machine, not with the code.
INSTALLATION = "installation"
LOOPBACK = {"localhost", "127.0.0.1", "[::1]", "::1"}
SHORTEST_KEY = 50  # characters, as Django's own deployment check


@register(INSTALLATION)
def check_key(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """A key that can be guessed lets anybody sign in as anybody."""
    if settings.DEBUG or len(settings.SECRET_KEY) >= SHORTEST_KEY:
        return []
    return [
        Error(
            f"SECRET_KEY has fewer than {SHORTEST_KEY} characters.",
            hint="Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(50))'",
            id="retour.E001",
        )
    ]


@register(INSTALLATION)
def check_debug(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Development mode has a public key and shows every mail: it is for this machine alone."""
    if not settings.DEBUG or set(settings.ALLOWED_HOSTS) <= LOOPBACK:
        return []
    return [
        Error(
            "DEBUG is on, yet ALLOWED_HOSTS or SITE_URL name more than this machine.",
            hint="Set DEBUG=0 and a SECRET_KEY.",
            id="retour.E002",
        )
    ]


@register(INSTALLATION, deploy=True)
def check_mail(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Outside development somebody waits for the code and the slip."""
    if settings.DEBUG or not settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        return []
    return [
        Warning(
            f"Mails are only written to {settings.EMAIL_FILE_PATH}.",
            hint="Set EMAIL_URL, for example smtp+tls://user:password@mail.example.com:587",
            id="retour.W001",
        )
    ]


@register(INSTALLATION, deploy=True)
def check_address(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Links in mails and the QR code on the slip start with SITE_URL."""
    if settings.DEBUG or urlsplit(settings.SITE_URL).hostname not in LOOPBACK:
        return []
    return [
        Warning(
            "SITE_URL is this machine, so links in mails and on slips lead nowhere.",
            hint="Set SITE_URL to the address that people use, with https://",
            id="retour.W002",
        )
    ]


@register(INSTALLATION)
def check_stripe_key(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """With a publishable key nothing can be paid back; the key itself is never shown."""
    key = settings.STRIPE_API_KEY
    if not key or key.startswith(("sk_", "rk_")):
        return []
    return [
        Error(
            "STRIPE_API_KEY is neither a secret key nor a restricted one.",
            hint="It begins with sk_ or rk_; the publishable key (pk_) cannot pay back.",
            id="retour.E004",
        )
    ]


@register(INSTALLATION, deploy=True)
def check_stripe(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """What was paid with Stripe should go back through it, and Stripe should tell how it went."""
    if settings.STRIPE_API_KEY:
        return [] if settings.STRIPE_WEBHOOK_SECRET else [_NO_STRIPE_EVENTS]
    try:
        is_used = Payment.objects.filter(gateway=STRIPE).exists()
    except DatabaseError:
        return []  # not there yet
    return [_NO_STRIPE_KEY] if is_used else []


_NO_STRIPE_EVENTS = Warning(
    "Without STRIPE_WEBHOOK_SECRET nobody learns of a refund that a bank sends back days later.",
    hint="docs/deploy.md, section Stripe, says where it comes from.",
    id="retour.W004",
)
_NO_STRIPE_KEY = Warning(
    "Orders were paid with Stripe, yet STRIPE_API_KEY is not set: staff pay them back by hand.",
    hint="Set STRIPE_API_KEY; docs/deploy.md, section Stripe, says where it comes from.",
    id="retour.W005",
)


@register(INSTALLATION)
def check_libraries(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Slips are drawn with Pango; without HarfBuzz's subset library five times slower."""
    hint = "Run `make install`, or install the libraries that WeasyPrint's manual names."
    found: list[CheckMessage] = []
    if not _can_load("libpango-1.0.so.0", "libpango-1.0.dylib", "libpango-1.0-0"):
        found.append(Error("Pango is missing: no slip can be made.", hint=hint, id="retour.E003"))
    if not _can_load("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib"):
        found.append(
            Warning("libharfbuzz-subset is missing: slips are slow.", hint=hint, id="retour.W003")
        )
    return found


def _can_load(*names: str) -> bool:
    for name in names:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False

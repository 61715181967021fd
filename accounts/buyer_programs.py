"""Programs through which buyers sign in: shops and apps of one's own, and the tokens they get.

Signing in, codes and tokens are OpenID Connect, done by allauth; a program is one of its clients.
Here is what one of ours is made of, and whom a token stands for.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.models import Client, Token
from django.utils.translation import gettext as _

from accounts.clients import ClientError
from accounts.models import User

# The scope that a token for the buyer's side of the API needs, as Shopify names it.
SCOPE: Final = "customer-account-api:full"
SCOPES: Final = ("openid", "email", "profile", SCOPE)
_GRANTS: Final = (Client.GrantType.AUTHORIZATION_CODE, Client.GrantType.REFRESH_TOKEN)
# What cannot stand in a header that names where forms lead to.
_ODD: Final = re.compile(r"[\s;,'\"*\\]")


@dataclass(frozen=True, kw_only=True)
class NewProgram:
    """A program that was just made; its secret, which can never be shown again, or ""."""

    client: Client
    secret: str


def create(
    *,
    name: str,
    redirect_uris: Sequence[str],
    logout_uris: Sequence[str] = (),
    origins: Sequence[str] = (),
    is_confidential: bool = False,
) -> NewProgram:
    """Make a program that buyers can sign in with.

    redirect_uris: where it takes them back; https, this machine, or a scheme of an app's own.
    logout_uris: likewise after signing out. origins: of web pages that call the API themselves.
    is_confidential: whether it runs on a server and keeps a secret; the others need PKCE.
    Raises ClientError.
    """
    name = name.strip()
    if not name or len(name) > 100:
        raise ClientError(_("Enter a name of at most 100 characters."), field="name")
    if not redirect_uris:
        raise ClientError(_("Enter at least one address."), field="redirect_uris")
    _check("redirect_uris", redirect_uris)
    _check("logout_uris", logout_uris)
    _check("origins", origins)
    client = Client(
        name=name,
        type=Client.Type.CONFIDENTIAL if is_confidential else Client.Type.PUBLIC,
        # The shop's own programs: nobody is asked whether the shop may know its buyers.
        skip_consent=True,
    )
    client.set_scopes(list(SCOPES))
    client.set_default_scopes(list(SCOPES))
    client.set_grant_types(list(_GRANTS))
    client.set_redirect_uris(list(redirect_uris))
    client.set_post_logout_redirect_uris(list(logout_uris))
    client.set_cors_origins([each.rstrip("/") for each in origins])
    secret = get_adapter().generate_client_secret() if is_confidential else ""
    if secret:
        client.set_secret(secret)
    client.save()
    return NewProgram(client=client, secret=secret)


def remove(program: Client) -> None:
    """Remove a program with its tokens: nobody can sign in with it any more, or stays signed in."""
    program.delete()


def _check(field: str, uris: Sequence[str]) -> None:
    for uri in uris:
        if not _is_good(uri):
            raise ClientError(
                _("“%(uri)s” is no address to come back to.") % {"uri": uri[:200]}, field=field
            )


def _is_good(uri: str) -> bool:
    """Whether nobody else can read what is sent there: https, this machine, or an app."""
    try:
        parts = urlsplit(uri)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if _ODD.search(uri) or parts.fragment:
        return False
    if parts.scheme == "https":
        return bool(host)
    if parts.scheme == "http":
        return host in ("localhost", "127.0.0.1", "::1")
    # RFC 8252, section 7.1: schemes of apps are names of domains, and so have a dot.
    return "." in parts.scheme


def user_of(authorization: str) -> User | None:
    """Return the buyer whom the header `Authorization` stands for.

    The token stands alone, as Shopify has it, or after "Bearer". None when it is unknown,
    expired, of another kind or for something else, or when its buyer may not sign in any more.
    """
    kind, _space, value = authorization.strip().rpartition(" ")
    if not value or kind.lower() not in ("", "bearer"):
        return None
    token = Token.objects.select_related("user").lookup(Token.Type.ACCESS_TOKEN, value)
    if token is None or SCOPE not in token.get_scopes():
        return None
    user = token.user
    return user if isinstance(user, User) and user.is_active else None


def allows_origin(origin: str) -> bool:
    """Whether pages of this origin may call the API themselves."""
    return any(
        origin in client.get_cors_origins() for client in Client.objects.exclude(cors_origins="")
    )


def ways_back() -> list[str]:
    """Return where signing in may lead to, as sources of a Content-Security-Policy."""
    found = set()
    for client in Client.objects.exclude(redirect_uris=""):
        for uri in [*client.get_redirect_uris(), *client.get_post_logout_redirect_uris()]:
            parts = urlsplit(uri)
            web = parts.scheme in ("http", "https")
            found.add(f"{parts.scheme}://{parts.netloc}" if web else f"{parts.scheme}:")
    return sorted(found)

"""Who sends orders in: a program with `Authorization: Bearer`, and how much at a time."""

from math import ceil

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, PermissionDenied
from rest_framework.request import Request

from accounts import actors, clients
from accounts.actors import Actor
from accounts.models import ApiClient
from accounts.permissions import Permission
from api.intake.problems import TooMany

# Points of a client's bucket per order, as an `orderCreate` costs.
COST = 10


class BearerAuthentication(BaseAuthentication):
    """Takes the token of an API client; the client is the request's `auth`."""

    def authenticate(self, request: Request) -> tuple[None, ApiClient]:
        """Return the client. Raises NotAuthenticated without a token, AuthenticationFailed."""
        kind, _space, token = get_authorization_header(request).partition(b" ")
        if kind.lower() != b"bearer" or not token.strip():
            raise NotAuthenticated("Send the token of an API client as Authorization: Bearer.")
        client = clients.authenticate(token.strip().decode("latin-1"))
        if client is None:
            raise AuthenticationFailed("This token is unknown, expired or revoked.")
        return None, client

    def authenticate_header(self, request: Request) -> str:
        """Return what the answer 401 asks for."""
        return "Bearer"


def sender(client: ApiClient) -> Actor:
    """Return the client as an actor that may send orders in. Raises PermissionDenied."""
    actor = actors.api(client)
    if not actor.may(Permission.IMPORT_ORDERS):
        raise PermissionDenied("The token needs the scope write_orders.")
    return actor


def spend(client: ApiClient, orders: int) -> None:
    """Count what a request costs. Raises TooMany when the client's bucket is too full for it."""
    points = COST * max(orders, 1)
    missing = points - clients.available(client, now=timezone.now())
    if missing > 0:
        raise TooMany(ceil(missing / clients.restore_rate()))
    clients.spend(client, points)

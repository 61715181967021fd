"""Programs that call the APIs: their tokens, and how much they may ask for at a time."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import ApiClient, Scope
from accounts.rows_by_key import RowsByKey, planned_cursor

PREFIX: Final = "retour_"


class ClientError(Exception):
    """Something about an API client is not possible; `field` says which argument it is about."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


@dataclass(frozen=True, kw_only=True)
class NewClient:
    """A client that was just made, and its token, which can never be shown again."""

    client: ApiClient
    token: str


def create(*, name: str, scopes: Sequence[str], expires_at: datetime | None = None) -> NewClient:
    """Make a client and its token.

    expires_at: aware; None for never. Raises ClientError without a name, for no or an unknown
    scope, and for an expiry that is over.
    """
    name = name.strip()
    if not name or len(name) > 100:
        raise ClientError(_("Enter a name of at most 100 characters."), field="name")
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown or not scopes:
        known = ", ".join(Scope.values)
        raise ClientError(_("Choose scopes among: %(known)s.") % {"known": known}, field="scopes")
    if expires_at is not None and expires_at <= timezone.now():
        raise ClientError(_("The expiry must be in the future."), field="expires_at")
    token = PREFIX + secrets.token_urlsafe(32)
    client = ApiClient.objects.create(
        name=name,
        token_hash=_hashed(token),
        token_hint=token[-4:],
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    return NewClient(client=client, token=token)


def revoke(client: ApiClient) -> ApiClient:
    """Let a token open nothing any more. Nothing happens when it was revoked before."""
    ApiClient.objects.filter(pk=client.pk, revoked_at=None).update(revoked_at=timezone.now())
    client.refresh_from_db()
    return client


def authenticate(token: str) -> ApiClient | None:
    """Return the client with this token; None for an unknown, revoked or expired one."""
    for client in _BY_TOKEN.rows([_hashed(token)]):
        if client.revoked_at is None and not _is_over(client.expires_at):
            return client
    return None


def _is_over(moment: datetime | None) -> bool:
    return moment is not None and moment <= timezone.now()


_BY_TOKEN: Final = RowsByKey(ApiClient.objects.all, "token_hash")


def bucket() -> int:
    """Return how many points of cost fit into a client's bucket."""
    return int(settings.API_COST_BUCKET)


def restore_rate() -> int:
    """Return how many points leak out of a bucket per second."""
    return int(settings.API_COST_RESTORED)


def available(client: ApiClient, *, now: datetime | None = None) -> int:
    """Return how many points of cost are left for a client right now; no queries."""
    passed = ((now or timezone.now()) - client.spent_at).total_seconds()
    spent = max(client.spent_millis - int(passed * restore_rate() * 1000), 0)
    return max(bucket() - -(-spent // 1000), 0)


def spend(client: ApiClient, points: int) -> None:
    """Count a request with its cost in points, and that the client was here; one statement.

    The bucket leaks and fills in the database, so that all processes share it. Written as SQL:
    building the statement anew for each request takes longer than running it.
    """
    with planned_cursor(connection) as cursor:
        sql = _SPEND if connection.in_atomic_block else _SPEND_AT_ONCE
        cursor.execute(sql, [restore_rate() * 1000, points * 1000, client.pk])


_SPEND: Final = """
UPDATE accounts_apiclient
SET spent_millis = greatest(
        spent_millis
        - (extract(epoch FROM statement_timestamp() - spent_at) * %s)::bigint,
        0
    ) + %s,
    spent_at = statement_timestamp(),
    last_used_at = statement_timestamp()
WHERE id = %s
"""
# Requests with the same token wait here for each other until the row is committed, so none waits
# for the disk as well: should the server crash, the points of a moment are forgotten. The setting
# ends with the transaction, which is this statement alone.
_SPEND_AT_ONCE: Final = f"{_SPEND} AND set_config('synchronous_commit', 'off', true) IS NOT NULL"


def _hashed(token: str) -> str:
    """Return the hash that is kept. Tokens are long and random, so a plain one is enough."""
    return hashlib.sha256(token.encode()).hexdigest()

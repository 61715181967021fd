"""Access and refresh tokens of customers' programs.

An access token is a signed statement (RFC 7519) of who signed in in which session, for minutes. A
refresh token gives a new pair and is then used up; one that comes a second time was stolen, from
the program or by it, so its session ends (RFC 9700, section 4.14.2).
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import jwt
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from jwt.types import Options

from accounts.models import User
from api.glue.statements import KEY_UUID, Statement
from api.models import GlueRefreshToken, GlueSession

ALGORITHM: Final = "HS256"
CLAIMS: Final = ("exp", "iat", "sid", "sub")


@dataclass(frozen=True, kw_only=True)
class Pair:
    """What a program gets: two tokens, and for how many seconds the access token is good."""

    access: str
    refresh: str
    seconds: int


_SESSION_FIELDS: Final = [field.attname for field in GlueSession._meta.concrete_fields]
_USER_FIELDS: Final = [field.attname for field in User._meta.concrete_fields]
# Every request with a token asks for this.
_SESSION: Final = Statement(
    lambda: GlueSession.objects.filter(pk=KEY_UUID),
    {name: name for name in _SESSION_FIELDS} | {f"user__{n}": f"user__{n}" for n in _USER_FIELDS},
    is_paged=False,
)


def _session(row: dict[str, Any]) -> GlueSession:
    """Return the rows that were read as if Django had read them."""
    values = list(row.values())
    count = len(_SESSION_FIELDS)
    session = GlueSession.from_db(DEFAULT_DB_ALIAS, _SESSION_FIELDS, values[:count])
    session.user = User.from_db(DEFAULT_DB_ALIAS, _USER_FIELDS, values[count:])
    return session


def begin(user: User) -> Pair:
    """Begin a session of somebody who just proved who they are."""
    now = timezone.now()
    with transaction.atomic():
        session = GlueSession.objects.create(
            user=user,
            password_mark=user.get_session_auth_hash(),
            created_at=now,
            expires_at=_end(now),
        )
        return _pair(session, now)


def refresh(token: str) -> Pair | None:
    """Return a new pair for a refresh token and use it up; None when it is no good.

    A token that was used before ends its session.
    """
    now = timezone.now()
    with transaction.atomic():
        found = (
            GlueRefreshToken.objects.select_for_update(of=("self", "session"))
            .select_related("session__user")
            .filter(token_hash=_hashed(token))
            .first()
        )
        if found is None or not _is_open(found.session, now):
            return None
        if found.used_at is not None:
            _end_session(found.session, now)
            return None
        found.used_at = now
        found.save(update_fields=["used_at"])
        found.session.expires_at = _end(now)
        found.session.save(update_fields=["expires_at"])
        return _pair(found.session, now)


def revoke(token: str) -> None:
    """End the session of a refresh token, used or not; nothing happens for an unknown one."""
    found = GlueRefreshToken.objects.select_related("session").filter(token_hash=_hashed(token))
    for row in found:
        _end_session(row.session, timezone.now())


def revoke_all(user: User) -> None:
    """End all sessions of somebody."""
    GlueSession.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())


def session_of(access: str) -> GlueSession | None:
    """Return the session of an access token, with its `user`; None when it is no good (any more).

    One query, none for a token that we did not sign or that is too old.
    """
    claims = _claims(access)
    if claims is None:
        return None
    found = _SESSION.rows(claims["sid"])
    if not found:
        return None
    session = _session(found[0])
    if not _is_open(session, timezone.now()) or str(session.user_id) != claims["sub"]:
        return None
    return session


def remove_old(now: datetime) -> int:
    """Remove sessions that nobody can go on with; return how many rows went."""
    return GlueSession.objects.filter(expires_at__lt=now).delete()[0]


def _pair(session: GlueSession, now: datetime) -> Pair:
    secret = secrets.token_urlsafe(48)
    GlueRefreshToken.objects.create(session=session, token_hash=_hashed(secret), created_at=now)
    seconds = int(settings.GLUE_ACCESS_SECONDS)
    claims = {
        "sub": str(session.user_id),
        "sid": str(session.pk),
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + seconds,
    }
    access = jwt.encode(claims, _key(), algorithm=ALGORITHM)
    return Pair(access=access, refresh=secret, seconds=seconds)


def _claims(access: str) -> dict[str, Any] | None:
    """Return what a token says that we signed and that is still good."""
    try:
        # Clocks of servers differ a little, so when it was signed is not looked at.
        options: Options = {"require": list(CLAIMS), "verify_iat": False}
        claims: dict[str, Any] = jwt.decode(access, _key(), algorithms=[ALGORITHM], options=options)
        return {**claims, "sid": UUID(claims["sid"])}
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError):
        return None


def _is_open(session: GlueSession, now: datetime) -> bool:
    """Whether a session goes on; it ends with its login's, and with the password it began with."""
    user = session.user
    return (
        session.revoked_at is None
        and session.expires_at > now
        and user.is_active
        and constant_time_compare(session.password_mark, user.get_session_auth_hash())
    )


def _end_session(session: GlueSession, now: datetime) -> None:
    GlueSession.objects.filter(pk=session.pk, revoked_at=None).update(revoked_at=now)


def _end(now: datetime) -> datetime:
    return now + timedelta(days=int(settings.GLUE_REFRESH_DAYS))


def _hashed(token: str) -> str:
    """Return the hash that is kept. Tokens are long and random, so a plain one is enough."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def _key() -> bytes:
    return salted_hmac("api.glue.tokens", "access", algorithm="sha256").digest()

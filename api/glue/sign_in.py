"""Signing in: `/access-tokens` and `/refresh-tokens`."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.glue import documents, errors, tokens
from api.glue.base import AccessToken, PublicView
from api.glue.schema import describe, document
from api.glue.tokens import Pair

ALL_OF_MINE = "mine"


class Credentials(serializers.Serializer[Any]):
    """Who signs in, and the password as on the pages of the shop."""

    username = serializers.CharField(max_length=254, help_text="The e-mail address.")
    password = serializers.CharField(max_length=4096, trim_whitespace=False)


class RefreshToken(serializers.Serializer[Any]):
    """The token to go on with."""

    refreshToken = serializers.CharField(max_length=200)  # noqa: N815 - as programs call it


class Tokens(serializers.Serializer[Any]):
    """What requests come with, and what gives the next one."""

    tokenType = serializers.CharField(default="Bearer")  # noqa: N815
    expiresIn = serializers.IntegerField(help_text="Seconds.")  # noqa: N815
    accessToken = serializers.CharField()  # noqa: N815
    refreshToken = serializers.CharField(help_text="Works once.")  # noqa: N815
    idCompanyUser = serializers.CharField(allow_null=True)  # noqa: N815


class AccessTokens(PublicView):
    """Signing in."""

    resource_type = "access-tokens"

    @describe(
        "Sign in.",
        request=document("access-tokens", Credentials, is_sent=True),
        answers={201: document("access-tokens", Tokens)},
        errors=(400, 401, 413, 415, 422),
        name="signIn",
        tag="sign-in",
    )
    def post(self, request: Request) -> Response:
        """Return a pair of tokens for an e-mail address and a password."""
        told = self.attributes(Credentials)
        user = _authenticated(request._request, told["username"], told["password"])
        if user is None:
            raise errors.failed_login()
        return self.tokens(tokens.begin(user))

    def tokens(self, pair: Pair) -> Response:
        """Return the answer that holds a pair of tokens."""
        attributes = {
            "tokenType": "Bearer",
            "expiresIn": pair.seconds,
            "accessToken": pair.access,
            "refreshToken": pair.refresh,
            "idCompanyUser": None,
        }
        made = documents.resource(
            self.asked(), self.resource_type, None, attributes, path=[self.resource_type]
        )
        return Response(documents.created(made), status=201)


def _authenticated(request: HttpRequest, email: str, password: str) -> User | None:
    """Return the login of a customer; None for wrong credentials and for too many attempts.

    With a second factor somebody signs in on the pages of the shop only.
    """
    if not ratelimit.consume(request, action="login"):
        return None
    try:
        found = get_adapter(request).authenticate(request, email=email.lower(), password=password)
    except ValidationError:  # too many attempts failed
        return None
    if not isinstance(found, User) or not found.is_active or is_mfa_enabled(found):
        return None
    return found if found.customers.exists() else None


class RefreshTokens(AccessTokens):
    """Going on without signing in again."""

    resource_type = "refresh-tokens"

    @describe(
        "Get a new pair of tokens.",
        request=document("refresh-tokens", RefreshToken, is_sent=True),
        answers={201: document("refresh-tokens", Tokens)},
        errors=(400, 401, 413, 415, 422),
        name="refresh",
        tag="sign-in",
    )
    def post(self, request: Request) -> Response:
        """Use a refresh token up and return the next pair."""
        pair = tokens.refresh(self.attributes(RefreshToken)["refreshToken"])
        if pair is None:
            raise errors.failed_refresh()
        return self.tokens(pair)


class OneRefreshToken(PublicView):
    """Signing out."""

    resource_type = "refresh-tokens"

    @describe(
        "Sign out: end the session of a refresh token; with `mine` all sessions of who asks.",
        answers={204: None},
        errors=(401, 403),
        name="signOut",
        tag="sign-in",
    )
    def delete(self, request: Request, token: str) -> Response:
        """End a session; the token is the right to it."""
        if token == ALL_OF_MINE:
            user, _session = AccessToken().authenticate(request)
            tokens.revoke_all(user)
        else:
            tokens.revoke(token)
        return Response(status=204)

"""Signing in, going on, and out; and who gets at what without."""

import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from accounts.models import User
from api.glue import tokens
from api.models import GlueRefreshToken, GlueSession
from tests.api.glue.conftest import HOST, Storefront, error, told
from tests.factories import CustomerFactory, UserFactory

pytestmark = pytest.mark.django_db

FAILED = error(401, "003", "Failed to authenticate user.")
NOT_REFRESHED = error(401, "004", "Failed to refresh token.")
INVALID = error(401, "001", "Invalid access token.")
MISSING = error(403, "002", "Missing access token.")


def sign_in(client: Client, username: str = "ada@example.com", **told: str) -> Any:
    attributes = {"username": username, "password": "password", **told}
    body = {"data": {"type": "access-tokens", "attributes": attributes}}
    return client.post("/glue/access-tokens", body, content_type="application/json")


def refresh(client: Client, token: Any) -> Any:
    body = {"data": {"type": "refresh-tokens", "attributes": {"refreshToken": token}}}
    return client.post("/glue/refresh-tokens", body, content_type="application/json")


def read(client: Client, token: str) -> Any:
    return client.get("/glue/customers/DE--21", headers={"Authorization": f"Bearer {token}"})


def test_customer_signs_in_with_the_password_of_the_shop(shop: Storefront, client: Client) -> None:
    document = told(sign_in(client, "Ada@Example.com"), 201)
    attributes = document["data"].pop("attributes")
    assert document == {
        "data": {
            "type": "access-tokens",
            "id": None,
            "links": {"self": f"{HOST}/access-tokens"},
        },
        "links": {"self": f"{HOST}/access-tokens"},
    }
    access, refresh_ = attributes.pop("accessToken"), attributes.pop("refreshToken")
    assert attributes == {"tokenType": "Bearer", "expiresIn": 900, "idCompanyUser": None}
    assert told(read(client, access), 200)["data"]["id"] == "DE--21"
    assert refresh_ not in str(list(GlueRefreshToken.objects.values()))
    claims = jwt.decode(access, options={"verify_signature": False})
    assert sorted(claims) == ["exp", "iat", "sid", "sub"]
    assert claims["exp"] - claims["iat"] == 900


@pytest.mark.parametrize(
    ("username", "password"),
    [("ada@example.com", "wrong"), ("nobody@example.com", "password"), ("ada@example.com", " ")],
)
def test_wrong_credentials_are_told_apart_by_nobody(
    shop: Storefront, client: Client, username: str, password: str
) -> None:
    assert told(sign_in(client, username, password=password), 401) == FAILED


def test_staff_who_never_bought_and_left_customers_do_not_sign_in(
    shop: Storefront, client: Client
) -> None:
    UserFactory(email="staff@example.com")
    User.objects.filter(email="ada@example.com").update(is_active=False)
    assert told(sign_in(client, "staff@example.com"), 401) == FAILED
    assert told(sign_in(client), 401) == FAILED


def test_second_factor_is_for_the_pages_of_the_shop(shop: Storefront, client: Client) -> None:
    Authenticator.objects.create(user=shop.user, type=Authenticator.Type.TOTP, data={})
    assert told(sign_in(client), 401) == FAILED


def test_too_many_attempts_are_refused_with_the_right_password_too(
    shop: Storefront, client: Client
) -> None:
    for _attempt in range(6):
        assert told(sign_in(client, password="wrong"), 401) == FAILED
    assert told(sign_in(client), 401) == FAILED
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        told(sign_in(client), 201)


@pytest.mark.parametrize(
    ("attributes", "details"),
    [
        ({}, ["username => This field is required.", "password => This field is required."]),
        (
            {"username": "", "password": None},
            ["username => This field may not be blank.", "password => This field may not be null."],
        ),
        (
            {"username": ["a"], "password": "a\0b"},
            ["username => Not a valid string.", "password => Null characters are not allowed."],
        ),
    ],
)
def test_missing_credentials_are_named(
    db: None, client: Client, attributes: Any, details: list[str]
) -> None:
    body = {"data": {"type": "access-tokens", "attributes": attributes}}
    answer = client.post("/glue/access-tokens", body, content_type="application/json")
    assert told(answer, 422) == {
        "errors": [{"status": 422, "code": "901", "detail": detail} for detail in details]
    }
    assert answer.reason_phrase == "Unprocessable Content"


def test_refresh_token_gives_the_next_pair_once(shop: Storefront, client: Client) -> None:
    first = tokens.begin(shop.user)
    document = told(refresh(client, first.refresh), 201)
    second = document["data"]["attributes"]
    assert document["data"]["type"] == "refresh-tokens"
    assert told(read(client, second["accessToken"]), 200)
    third = told(refresh(client, second["refreshToken"]), 201)["data"]["attributes"]
    assert len({first.refresh, second["refreshToken"], third["refreshToken"]}) == 3


def test_used_refresh_token_ends_the_session_of_whoever_stole_it(
    shop: Storefront, client: Client
) -> None:
    first = tokens.begin(shop.user)
    second = told(refresh(client, first.refresh), 201)["data"]["attributes"]
    other = tokens.begin(shop.user)
    assert told(refresh(client, first.refresh), 401) == NOT_REFRESHED
    assert told(refresh(client, second["refreshToken"]), 401) == NOT_REFRESHED
    assert told(read(client, second["accessToken"]), 401) == INVALID
    assert told(read(client, other.access), 200)


@pytest.mark.parametrize("token", ["", " ", "nonsense", "ä" * 50, "x" * 201])
def test_wrong_refresh_token_gives_nothing(db: None, client: Client, token: str) -> None:
    answer = refresh(client, token)
    assert answer.status_code in (401, 422)
    assert "errors" in told(answer, answer.status_code)


def test_session_ends_after_its_days_unless_it_is_used(shop: Storefront, client: Client) -> None:
    pair = tokens.begin(shop.user)
    with time_machine.travel(timezone.now() + timedelta(days=29)):
        pair_now = told(refresh(client, pair.refresh), 201)["data"]["attributes"]
    with time_machine.travel(timezone.now() + timedelta(days=58)):
        told(refresh(client, pair_now["refreshToken"]), 201)
    with time_machine.travel(timezone.now() + timedelta(days=120)):
        assert told(refresh(client, pair_now["refreshToken"]), 401) == NOT_REFRESHED
        assert tokens.remove_old(timezone.now()) > 0
        assert not GlueSession.objects.exists()


def test_signing_out_ends_the_session_at_once(shop: Storefront, client: Client) -> None:
    pair = tokens.begin(shop.user)
    answer = client.delete(f"/glue/refresh-tokens/{pair.refresh}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert told(read(client, pair.access), 401) == INVALID
    assert told(refresh(client, pair.refresh), 401) == NOT_REFRESHED
    assert client.delete("/glue/refresh-tokens/unknown").status_code == 204
    assert told(read(client, shop.token), 200)


def test_all_sessions_of_a_customer_end_together(shop: Storefront, client: Client) -> None:
    other = tokens.begin(shop.user)
    assert told(client.delete("/glue/refresh-tokens/mine"), 403) == MISSING
    answer = client.delete("/glue/refresh-tokens/mine", headers=shop.headers())
    assert answer.status_code == 204
    assert told(read(client, shop.token), 401) == INVALID
    assert told(read(client, other.access), 401) == INVALID


def test_new_password_ends_old_sessions(shop: Storefront, client: Client) -> None:
    shop.user.set_password("another one")
    shop.user.save()
    assert told(read(client, shop.token), 401) == INVALID


def test_access_token_is_good_for_minutes(shop: Storefront, client: Client) -> None:
    with time_machine.travel(timezone.now() + timedelta(seconds=899)):
        told(read(client, shop.token), 200)
    with time_machine.travel(timezone.now() + timedelta(seconds=901)):
        assert told(read(client, shop.token), 401) == INVALID


def forged(shop: Storefront, **claims: Any) -> str:
    good = jwt.decode(shop.token, options={"verify_signature": False})
    return jwt.encode({**good, **claims}, "k" * 32, algorithm="HS256")


def test_tokens_that_we_did_not_sign_are_refused(shop: Storefront, client: Client) -> None:
    head, payload, _signature = shop.token.split(".")
    unsigned = jwt.encode({"sub": "1"}, "", algorithm="none")
    bad = ["x", "a.b.c", f"{head}.{payload}.", forged(shop), forged(shop, sub="2"), unsigned, "ä"]
    answers = [told(read(client, token), 401) for token in bad]
    assert answers == [INVALID] * len(bad)


@pytest.mark.parametrize("path", ["/returns", "/returns/x", "/orders", "/orders/x", "/customers/x"])
def test_customers_pages_need_a_token(db: None, client: Client, path: str) -> None:
    assert told(client.get(f"/glue{path}"), 403) == MISSING
    basic = {"Authorization": "Basic YWRhOnBhc3N3b3Jk"}
    assert told(client.get(f"/glue{path}", headers=basic), 401) == INVALID
    assert told(client.get(f"/glue{path}", headers={"Authorization": "Bearer "}), 401) == INVALID


def test_customer_is_shown_to_themselves_alone(shop: Storefront) -> None:
    CustomerFactory(reference="DE--22")
    assert shop.document("/customers/DE--21") == {
        "data": {
            "type": "customers",
            "id": "DE--21",
            "attributes": {
                "firstName": "Ada",
                "lastName": "Winter",
                "email": "ada@example.com",
                "gender": None,
                "dateOfBirth": None,
                "salutation": None,
                "createdAt": None,
                "updatedAt": None,
            },
            "links": {"self": f"{HOST}/customers/DE--21"},
        },
        "links": {"self": f"{HOST}/customers/DE--21"},
    }
    missing = error(404, "402", "Customer not found.")
    for reference in ("DE--22", "DE--23", "%00", "%2F"):
        assert json.loads(shop.get(f"/customers/{reference}").content) in (
            missing,
            error(404, "007", "Not Found"),
        )

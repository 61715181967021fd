"""Buyers sign in to a shop of one's own, which then calls the API for them."""

import base64
import hashlib
import io
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
import time_machine
from allauth.idp.oidc.models import Client as OIDCClient
from allauth.idp.oidc.models import Token
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import buyer_programs
from accounts.clients import ClientError
from accounts.models import User
from returns.models import Event
from returns_project.tasks import remove_expired_tokens
from tests.api.shop import Sold, gid, sold
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

ADDRESS = "/customer/api/2026-10/graphql"
SHOP = "https://shop.example/account/authorize"
VERIFIER = "a-verifier-that-is-long-enough-for-the-standard-0123456789"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
ORDERS = "{ customer { orders(first: 5) { nodes { id name } } } }"
ORDER = "query ($id: ID!) { order(id: $id) { name } }"
REQUEST = """
mutation ($id: ID!, $lines: [RequestedLineItemInput!]!) {
  orderRequestReturn(orderId: $id, requestedLineItems: $lines) {
    return { status } userErrors { field message code }
  }
}
"""


@pytest.fixture
def shop(db: None) -> Sold:
    return sold(2, 1)


@pytest.fixture
def user(shop: Sold) -> User:
    customer = shop.order.customer
    assert customer is not None
    customer.user = UserFactory(email=customer.email, roles=[])
    customer.save(update_fields=["user"])
    return customer.user


@pytest.fixture
def visitor(user: User) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    return client


@pytest.fixture
def program(db: None) -> OIDCClient:
    return buyer_programs.create(
        name="Shop",
        redirect_uris=[SHOP],
        logout_uris=["https://shop.example/"],
        origins=["https://shop.example"],
    ).client


def authorize(visitor: Client, program: OIDCClient, **changes: str) -> str:
    """Ask for a code as a shop sends its buyers to; return where the visitor is sent on to."""
    asked = {
        "scope": "openid email customer-account-api:full",
        "client_id": program.pk,
        "response_type": "code",
        "redirect_uri": SHOP,
        "state": "s-1",
        "nonce": "n-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    discovered = visitor.get("/.well-known/openid-configuration").json()
    asked = {key: value for key, value in asked.items() if value}
    page = visitor.get(f"{discovered['authorization_endpoint']}?{urlencode(asked)}")
    return page.headers.get("Location", f"{page.status_code}")


def code_of(location: str) -> str:
    return parse_qs(urlsplit(location).query)["code"][0]


def token(program: OIDCClient, **given: str) -> Any:
    """Ask the token endpoint, as a program without cookies."""
    return Client(enforce_csrf_checks=True).post(
        "/identity/o/api/token", {"client_id": program.pk, **given}
    )


def exchange(program: OIDCClient, code: str, /, **changes: str) -> Any:
    given = {
        "grant_type": "authorization_code",
        "redirect_uri": SHOP,
        "code": code,
        "code_verifier": VERIFIER,
    }
    return token(program, **{**given, **changes})


@pytest.fixture
def tokens(visitor: Client, program: OIDCClient) -> dict[str, Any]:
    answer = exchange(program, code_of(authorize(visitor, program)))
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def ask(authorization: str, query: str = ORDER, **variables: Any) -> Any:
    return Client(enforce_csrf_checks=True).post(
        ADDRESS,
        {"query": query, "variables": variables},
        content_type="application/json",
        headers={"Authorization": authorization},
    )


def test_discovery_tells_where_everything_is(client: Client) -> None:
    found = client.get("/.well-known/customer-account-api")
    assert found.json() == {"graphql_api": f"http://localhost:8000{ADDRESS}"}
    told = client.get("/.well-known/openid-configuration").json()
    assert told["issuer"] == "http://localhost:8000"
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert "customer-account-api:full" in told["scopes_supported"]
    assert told["grant_types_supported"] == ["authorization_code", "refresh_token"]
    [key] = client.get(urlsplit(told["jwks_uri"]).path).json()["keys"]
    assert key["kty"] == "RSA"
    assert "d" not in key


def test_stranger_is_asked_to_sign_in_and_comes_back(program: OIDCClient, client: Client) -> None:
    location = authorize(client, program)
    assert location.startswith(f"{reverse('account_login')}?next=/identity/o/authorize")
    page = client.get(location)
    policy = page.headers["Content-Security-Policy"]
    assert "form-action 'self' https://shop.example" in policy
    elsewhere = client.get("/").headers["Content-Security-Policy"]
    assert "shop.example" not in elsewhere


def test_buyer_signs_in_and_the_shop_asks_for_a_return(
    visitor: Client, program: OIDCClient, shop: Sold, user: User
) -> None:
    location = authorize(visitor, program)
    assert location.startswith(f"{SHOP}?")
    assert parse_qs(urlsplit(location).query)["state"] == ["s-1"]
    told = exchange(program, code_of(location)).json()
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 3600)

    keys = jwt.PyJWKClient("http://localhost/.well-known/jwks.json")
    found = Client().get("/.well-known/jwks.json").json()
    keys.fetch_data = lambda: found  # type: ignore[method-assign]
    identity = jwt.decode(
        told["id_token"],
        keys.get_signing_key_from_jwt(told["id_token"]).key,
        algorithms=["RS256"],
        audience=program.pk,
        issuer="http://localhost:8000",
    )
    assert identity["nonce"] == "n-1"

    assert ask(told["access_token"], id=shop.id).json()["data"] == {
        "order": {"name": shop.order.reference}
    }
    bearer = f"Bearer {told['access_token']}"
    orders = ask(bearer, ORDERS).json()["data"]["customer"]["orders"]["nodes"]
    assert orders == [{"id": shop.id, "name": shop.order.reference}]
    line = shop.order.lines.order_by("position").first()
    assert line is not None
    wish = {"lineItemId": gid("LineItem", line.pk), "quantity": 1, "returnReason": "STYLE"}
    made = ask(bearer, REQUEST, id=shop.id, lines=[wish]).json()["data"]["orderRequestReturn"]
    assert made == {"return": {"status": "REQUESTED"}, "userErrors": []}
    event = Event.objects.get()
    assert (event.actor_kind, event.actor_name) == ("BUYER", str(user))


def test_order_of_somebody_else_is_not_found(tokens: dict[str, Any]) -> None:
    other = sold(1)
    found = ask(tokens["access_token"], id=other.id).json()
    assert found["data"] == {"order": None}


def test_refreshing_gives_new_tokens_once(
    tokens: dict[str, Any], program: OIDCClient, shop: Sold
) -> None:
    old = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    fresh = token(program, **old).json()
    assert ask(fresh["access_token"], id=shop.id).status_code == 200
    again = token(program, **old)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_signing_out_ends_the_tokens(
    visitor: Client, tokens: dict[str, Any], shop: Sold, program: OIDCClient
) -> None:
    asked = {
        "id_token_hint": tokens["id_token"],
        "post_logout_redirect_uri": "https://shop.example/",
    }
    page = visitor.get(f"/identity/o/logout?{urlencode(asked)}")
    assert page.headers["Location"] == "https://shop.example/"
    assert "_auth_user_id" not in visitor.session
    assert ask(tokens["access_token"], id=shop.id).status_code == 401
    refreshed = token(program, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.status_code == 400


def test_revoked_token_opens_nothing(
    tokens: dict[str, Any], program: OIDCClient, shop: Sold
) -> None:
    answer = Client().post(
        "/identity/o/api/revoke", {"client_id": program.pk, "token": tokens["access_token"]}
    )
    assert answer.status_code == 200
    assert ask(tokens["access_token"], id=shop.id).status_code == 401


@pytest.mark.parametrize(
    ("changes", "sent_to"),
    [
        ({"redirect_uri": "https://evil.example/"}, "200"),  # a page that says so
        ({"client_id": "nobody"}, "200"),
        ({"client_id": "a\0b"}, "400"),
        ({"code_challenge": ""}, "error=invalid_request"),
        ({"code_challenge_method": "plain"}, "400"),
        ({"code_challenge_method": ""}, "400"),
        ({"scope": "openid everything"}, "error=invalid_scope"),
        ({"response_type": "token"}, "error=unauthorized_client"),
    ],
)
def test_wrong_request_gets_no_code(
    visitor: Client, program: OIDCClient, changes: dict[str, str], sent_to: str
) -> None:
    location = authorize(visitor, program, **changes)
    assert sent_to in location
    assert "code=" not in location
    assert "evil" not in location


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "x" * 50},
        {"code_verifier": ""},
        {"redirect_uri": "https://shop.example/other"},
        {"code": "guessed"},
        {"code": "a\0b"},
        {"grant_type": "password"},
        {"grant_type": ""},
        {"client_id": "nobody"},
    ],
)
def test_wrong_exchange_gets_no_token(
    visitor: Client, program: OIDCClient, changes: dict[str, str]
) -> None:
    answer = exchange(program, code_of(authorize(visitor, program)), **changes)
    assert answer.status_code in (400, 401)
    assert "access_token" not in answer.json()


def test_code_counts_once(visitor: Client, program: OIDCClient) -> None:
    code = code_of(authorize(visitor, program))
    assert exchange(program, code).status_code == 200
    assert exchange(program, code).status_code == 400


def test_code_of_one_program_is_nothing_to_another(visitor: Client, program: OIDCClient) -> None:
    other = buyer_programs.create(name="App", redirect_uris=[SHOP]).client
    assert exchange(other, code_of(authorize(visitor, program))).status_code == 400


def test_program_with_a_secret_has_to_tell_it(visitor: Client) -> None:
    made = buyer_programs.create(name="Server", redirect_uris=[SHOP], is_confidential=True)
    code = code_of(authorize(visitor, made.client))
    assert exchange(made.client, code).status_code == 401
    assert exchange(made.client, code, client_secret="wrong").status_code == 401
    assert exchange(made.client, code, client_secret=made.secret).status_code == 200


@pytest.mark.parametrize(
    "authorization",
    ["wrong", "Bearer wrong", "Basic YTpi", "Bearer", "a\0b", "ä", "x" * 5000, "Bearer a b", "  "],
)
def test_wrong_token_is_refused(authorization: str, shop: Sold) -> None:
    answer = ask(authorization, id=shop.id)
    assert (answer.status_code, list(answer.json())) == (401, ["errors"])


def test_token_of_another_kind_scope_time_or_person_is_refused(
    visitor: Client, program: OIDCClient, tokens: dict[str, Any], shop: Sold, user: User
) -> None:
    given = tokens["access_token"]
    assert ask(given, id=shop.id).status_code == 200
    assert ask(tokens["refresh_token"], id=shop.id).status_code == 401
    assert ask(tokens["id_token"], id=shop.id).status_code == 401
    small = exchange(program, code_of(authorize(visitor, program, scope="openid email"))).json()
    assert ask(small["access_token"], id=shop.id).status_code == 401
    with time_machine.travel(timezone.now() + timedelta(hours=1, seconds=1)):
        assert ask(given, id=shop.id).status_code == 401
    user.is_active = False
    user.save(update_fields=["is_active"])
    assert ask(given, id=shop.id).status_code == 401


def test_session_does_not_help_a_wrong_token_nor_replace_the_form_token(
    visitor: Client, shop: Sold
) -> None:
    body = {"query": ORDER, "variables": {"id": shop.id}}
    plain = visitor.post(ADDRESS, body, content_type="application/json")
    assert (plain.status_code, list(plain.json())) == (403, ["errors"])
    wrong = visitor.post(
        ADDRESS, body, content_type="application/json", headers={"Authorization": "wrong"}
    )
    assert wrong.status_code == 401
    visitor.get("/account/")  # sets the cookie
    visitor.cookies["csrftoken"] = form_token = "a" * 32
    right = visitor.post(
        ADDRESS, body, content_type="application/json", headers={"X-CSRFToken": form_token}
    )
    assert right.json()["data"] == {"order": {"name": shop.order.reference}}


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [("https://shop.example", "https://shop.example"), ("https://evil.example", None)],
)
def test_pages_of_the_shop_may_call_from_the_browser(
    tokens: dict[str, Any], shop: Sold, origin: str, allowed: str | None
) -> None:
    before = Client().options(ADDRESS, headers={"Origin": origin})
    assert before.status_code == 204
    assert before.headers.get("Access-Control-Allow-Origin") == allowed
    answer = Client().post(
        ADDRESS,
        {"query": ORDER, "variables": {"id": shop.id}},
        content_type="application/json",
        headers={"Origin": origin, "Authorization": tokens["access_token"]},
    )
    assert answer.headers.get("Access-Control-Allow-Origin") == allowed
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"redirect_uris": ["http://shop.example/"]}, "redirect_uris"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "redirect_uris"),
        ({"redirect_uris": ["https://shop.example/; script-src *"]}, "redirect_uris"),
        ({"redirect_uris": ["https://*.example/"]}, "redirect_uris"),
        ({"redirect_uris": ["https://[::1"]}, "redirect_uris"),
        ({"redirect_uris": ["https://a.example/#x"]}, "redirect_uris"),
        ({"logout_uris": ["data:text/html,x"]}, "logout_uris"),
        ({"origins": ["*"]}, "origins"),
    ],
)
def test_program_that_makes_no_sense_is_refused(given: dict[str, Any], field: str) -> None:
    with pytest.raises(ClientError) as caught:
        buyer_programs.create(**{"name": "Shop", "redirect_uris": [SHOP], **given})
    assert caught.value.field == field
    assert not OIDCClient.objects.exists()


def test_app_may_have_a_scheme_of_its_own() -> None:
    buyer_programs.create(name="App", redirect_uris=["shop.1.app://callback"])
    assert buyer_programs.ways_back() == ["shop.1.app:"]


def test_command_prints_what_the_program_needs() -> None:
    said = io.StringIO()
    options = {"redirect_uri": [SHOP], "confidential": True, "stdout": said}
    call_command("buyer_program", "create", name="Shop", **options)
    made = OIDCClient.objects.get()
    key, secret = said.getvalue().split("\n")[:2]
    assert (key, made.check_secret(secret)) == (made.pk, True)
    with pytest.raises(CommandError, match="at least one address"):
        call_command("buyer_program", "create", name="Shop")


def test_tokens_that_are_over_are_removed(tokens: dict[str, Any]) -> None:
    remove_expired_tokens(0)
    assert Token.objects.count() == 2
    Token.objects.update(expires_at=timezone.now())
    remove_expired_tokens(0)
    assert not Token.objects.exists()

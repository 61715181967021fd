"""Nobody gets into a page of the back office, or to an act, without the permission for it."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from accounts.models import Role
from accounts.permissions import ROLE_PERMISSIONS, Permission
from backoffice.urls import urlpatterns
from tests.backoffice.conftest import SignIn
from tests.factories import ReturnLineFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.django_db


def policies() -> dict[str, str]:
    """Return what each page declares, by the page's name."""
    return {
        str(pattern.name): getattr(pattern.callback, "access_policy", "") for pattern in urlpatterns
    }


def address(pattern: URLPattern) -> str:
    names = pattern.pattern.regex.groupindex
    arguments = {name: UUID(int=0) if name == "public_id" else 999_999 for name in names}
    return reverse(f"backoffice:{pattern.name}", kwargs=arguments)


def test_every_page_declares_its_policy() -> None:
    assert [name for name, policy in policies().items() if not policy.startswith("staff: ")] == []


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: pattern.name)
def test_stranger_is_sent_to_sign_in_and_back(client: Client, pattern: URLPattern) -> None:
    url = address(pattern)
    for response in (client.get(url), client.post(url)):
        assert (response.status_code, response.headers["Location"]) == (
            302,
            f"{reverse('account_login')}?next={url}",
        )


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: pattern.name)
def test_buyer_is_refused(client: Client, pattern: URLPattern) -> None:
    client.force_login(UserFactory())
    assert client.get(address(pattern)).status_code == 403
    assert client.post(address(pattern)).status_code == 403


@pytest.mark.parametrize("role", Role)
def test_role_gets_only_into_its_own_pages(sign_in: SignIn, role: Role) -> None:
    """Unknown ids: who is let in finds nothing (404) or a list; who is not, gets 403."""
    client = sign_in(role)
    granted = {f"staff: {permission}" for permission in ROLE_PERMISSIONS[role]}
    refused = {}
    for pattern in urlpatterns:
        policy = policies()[str(pattern.name)]
        for method in (client.get, client.post):
            refused[pattern.name] = method(address(pattern)).status_code == 403
            let_in = policy in granted or policy == "staff: any role"
            assert refused[pattern.name] is not let_in, pattern.name


def test_login_that_was_switched_off_gets_nowhere(client: Client) -> None:
    user = UserFactory(roles=[Role.MANAGER])
    client.force_login(user)
    user.is_active = False
    user.save()
    assert client.get(reverse("backoffice:home")).status_code == 302


def test_refusal_says_what_to_do(support: Client) -> None:
    StoreFactory()
    response = support.get(reverse("backoffice:return_process", args=[1]))
    assert response.status_code == 403
    assert "Ask a manager of the shop" in response.content.decode()


ACTS = {
    "return_approve": Permission.DECIDE_RETURN,
    "return_decline": Permission.DECIDE_RETURN,
    "bench": Permission.RECEIVE,
    "return_let_keep": Permission.DECIDE_RETURN,
    "return_ship_back": Permission.RECEIVE,
    "return_ship_repaired": Permission.RECEIVE,
    "return_refund": Permission.REFUND,
    "return_remove_lines": Permission.EDIT_RETURN,
    "return_cancel": Permission.CANCEL_RETURN,
    "return_close": Permission.EDIT_RETURN,
    "return_reopen": Permission.EDIT_RETURN,
}


@pytest.mark.parametrize("status", ["REQUESTED", "OPEN", "CLOSED"])
@pytest.mark.parametrize("role", Role)
def test_return_shows_only_acts_that_the_role_may_do(
    sign_in: SignIn, role: Role, status: str
) -> None:
    possible = {
        "REQUESTED": {"return_approve", "return_decline", "return_remove_lines"},
        "OPEN": {
            "bench",
            "return_let_keep",
            "return_refund",
            "return_remove_lines",
            "return_cancel",
            "return_close",
        },
        "CLOSED": {"return_refund", "return_reopen"},
    }[status]
    return_ = ReturnLineFactory(for_return__status=status).for_return
    page = sign_in(role).get(reverse("backoffice:return", args=[return_.pk])).content.decode()
    shown = {
        act for act in ACTS if f'href="{reverse(f"backoffice:{act}", args=[return_.pk])}"' in page
    }
    assert shown == {act for act in possible if ACTS[act] in ROLE_PERMISSIONS[role]}


def test_pages_stay_out_of_every_cache(support: Client) -> None:
    response = support.get(reverse("backoffice:returns"))
    assert response.headers["Cache-Control"] == (
        "max-age=0, no-cache, no-store, must-revalidate, private"
    )

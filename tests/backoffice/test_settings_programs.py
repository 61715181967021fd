"""Settings: shops and apps that buyers sign in to."""

import pytest
from allauth.idp.oidc.models import Client as OIDCClient
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertNumQueries, assertRedirects

from accounts import buyer_programs

pytestmark = pytest.mark.django_db

SHOP = "https://shop.example/back"


def test_program_is_added_and_its_secret_shown_once(manager: Client) -> None:
    said = {
        "name": "Shop",
        "redirect_uris": f"{SHOP}\r\n\r\n https://other.example/ ",
        "origins": "https://shop.example/",
        "is_confidential": "on",
    }
    page = manager.post(reverse("backoffice:new_program"), said)
    made = OIDCClient.objects.get()
    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    assert made.check_secret(page.context["secret"])
    assert made.get_redirect_uris() == [SHOP, "https://other.example/"]
    assert made.get_cors_origins() == ["https://shop.example"]
    listed = manager.get(reverse("backoffice:programs")).content.decode()
    assert made.pk in listed
    assert page.context["secret"] not in listed


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": ""}, "name"),
        ({"redirect_uris": " \n"}, "redirect_uris"),
        ({"redirect_uris": f"{SHOP}\nhttp://shop.example/"}, "redirect_uris"),
        ({"logout_uris": "x"}, "logout_uris"),
        ({"origins": "*"}, "origins"),
    ],
)
def test_wrong_program_is_shown_again(manager: Client, said: dict[str, str], field: str) -> None:
    page = manager.post(
        reverse("backoffice:new_program"), {"name": "Shop", "redirect_uris": SHOP, **said}
    )
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert not OIDCClient.objects.exists()


def test_program_is_removed(manager: Client) -> None:
    made = buyer_programs.create(name="Shop", redirect_uris=[SHOP]).client
    url = reverse("backoffice:program", args=[made.pk])
    assert manager.get(url).status_code == 200
    assertRedirects(manager.post(url), reverse("backoffice:programs"))
    assert not OIDCClient.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_statements_however_many(manager: Client, count: int) -> None:
    for number in range(count):
        buyer_programs.create(name=f"Shop {number}", redirect_uris=[SHOP])
    with assertNumQueries(3):
        manager.get(reverse("backoffice:programs"))

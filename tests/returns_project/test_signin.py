"""Signing in: by a mailed code or by password, without any way to sign up."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts import members
from accounts.models import Role, User
from tests.factories import CustomerFactory, OrderFactory, UserFactory

pytestmark = pytest.mark.django_db

REQUEST = "/account/login/code/"
CONFIRM = "/account/login/code/confirm/"


def ask(client: Client, email: str) -> tuple[int, str]:
    response = client.post(REQUEST, {"email": email})
    return response.status_code, response.headers.get("Location", "")


def code_in_mail() -> str:
    found = re.search(r"^[A-Z0-9-]{6,}$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found is not None
    return found[0]


def signed_in(client: Client) -> str | None:
    user_id = client.session.get("_auth_user_id")
    return None if user_id is None else User.objects.get(pk=user_id).email


def test_code_signs_in(client: Client) -> None:
    user = UserFactory()
    assert ask(client, user.email) == (302, CONFIRM)
    assert mail.outbox[0].subject == "Your sign-in code"
    assert str(mail.outbox[0].body).rstrip().endswith("\nRetour")
    client.post(CONFIRM, {"code": code_in_mail()})
    assert signed_in(client) == user.email


def test_wrong_code_does_not_sign_in(client: Client) -> None:
    user = UserFactory()
    ask(client, user.email)
    client.post(CONFIRM, {"code": "WRONG1"})
    assert signed_in(client) is None


def test_customer_without_login_gets_one_by_asking(client: Client) -> None:
    customer = CustomerFactory(email="Eva@example.com")
    assert ask(client, "eva@example.com") == (302, CONFIRM)
    client.post(CONFIRM, {"code": code_in_mail()})
    assert str(signed_in(client)).lower() == "eva@example.com"
    customer.refresh_from_db()
    assert customer.user == User.objects.get()


def test_guest_without_login_gets_one_by_asking(client: Client) -> None:
    OrderFactory(customer=None, guest_email="guest@example.com")
    ask(client, "guest@example.com")
    client.post(CONFIRM, {"code": code_in_mail()})
    assert signed_in(client) == "guest@example.com"


def test_stranger_gets_the_same_answer_and_no_login(client: Client) -> None:
    assert ask(client, "stranger@example.com") == (302, CONFIRM)
    assert client.get(CONFIRM).status_code == 200
    assert [sent.subject for sent in mail.outbox] == ["No orders with this address"]
    assert "/signup" not in str(mail.outbox[0].body)
    assert User.objects.count() == 0


def test_code_is_asked_for_too_often() -> None:
    user = UserFactory()
    answers = [ask(Client(), user.email)[0] for _ in range(4)]
    assert answers == [302, 302, 302, 200]
    assert len(mail.outbox) == 3


def test_sign_up_is_closed(client: Client) -> None:
    address = {"email": "new@example.com", "password1": "a long enough password"}
    response = client.post("/account/signup/", address)
    assert User.objects.count() == 0
    assert "account/signup_closed.html" in [template.name for template in response.templates]


def test_password_signs_staff_in_and_leads_where_they_wanted(client: Client) -> None:
    user = UserFactory(roles=[Role.SUPPORT])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    form = {"login": user.email, "password": "password", "next": "/backoffice/returns/"}
    response = client.post("/account/login/", form)
    assert (response.status_code, response.headers["Location"]) == (302, "/backoffice/returns/")
    assert signed_in(client) == user.email


def test_foreign_next_is_ignored(client: Client) -> None:
    user = UserFactory(roles=[Role.SUPPORT])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    form = {"login": user.email, "password": "password", "next": "https://evil.example/"}
    response = client.post("/account/login/", form)
    assert response.headers["Location"].startswith("/")


@pytest.mark.parametrize("address", ["2fa/", "2fa/totp/activate/", "2fa/webauthn/add/", "email/"])
def test_pages_of_the_own_account_open(client: Client, address: str) -> None:
    user = UserFactory(password=None)  # else these pages ask for it again
    ask(client, user.email)
    client.post(CONFIRM, {"code": code_in_mail()})
    assert client.get(f"/account/{address}").status_code == 200


def test_address_of_somebody_else_cannot_be_added(client: Client) -> None:
    """Else the code that the other person asks for could open the wrong login."""
    CustomerFactory(email="victim@example.com")
    user = UserFactory(password=None)
    ask(client, user.email)
    client.post(CONFIRM, {"code": code_in_mail()})

    client.post("/account/email/", {"action_add": "", "email": "victim@example.com"})

    assert list(EmailAddress.objects.values_list("email", flat=True)) == [user.email]


def test_member_of_staff_whose_address_has_capitals_signs_in(client: Client) -> None:
    members.add(email="Sam.Lee@Example.com", name="Sam Lee", roles=[Role.SUPPORT])
    ask(client, "Sam.Lee@Example.com")
    client.post(CONFIRM, {"code": code_in_mail()})
    assert signed_in(client) == "sam.lee@example.com"

"""Links in mails: who needs a signed one, and how long it opens the return."""

import datetime

import pytest
import time_machine
from django.conf import settings
from django.core import signing
from django.urls import resolve

from returns.links import buyer_link, read_link
from returns.models import Return
from tests.factories import CustomerFactory, ReturnFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 22, 10, tzinfo=datetime.UTC)


def guest_return() -> Return:
    made: Return = ReturnFactory(order__customer=None, order__guest_email="guest@example.com")
    return made


def token_of(link: str) -> str:
    token = resolve(link.removeprefix(settings.SITE_URL)).kwargs["token"]
    return str(token)


def test_link_of_a_guest_opens_the_return() -> None:
    return_ = guest_return()
    assert read_link(token_of(buyer_link(return_))) == return_


def test_link_of_a_customer_without_login_opens_the_return() -> None:
    return_ = ReturnFactory(order__customer=CustomerFactory(user=None))
    assert read_link(token_of(buyer_link(return_))) == return_


def test_link_of_a_buyer_with_login_is_the_page_itself() -> None:
    return_ = ReturnFactory(order__customer=CustomerFactory(user=UserFactory()))
    assert buyer_link(return_) == f"http://localhost:8000/returns/{return_.public_id}/"


def test_link_opens_for_90_days_and_not_longer() -> None:
    return_ = guest_return()
    with time_machine.travel(NOW, tick=False) as clock:
        token = token_of(buyer_link(return_))
        clock.shift(datetime.timedelta(days=90))
        assert read_link(token) == return_
        clock.shift(datetime.timedelta(seconds=1))
        with pytest.raises(signing.SignatureExpired):
            read_link(token)


def test_link_that_somebody_changed_is_refused() -> None:
    mine, other = guest_return(), guest_return()
    signature = token_of(buyer_link(mine)).partition(".")[2]
    for token in (f"{other.public_id.hex}.{signature}", other.public_id.hex, "", "..", "ä.ö.ü"):
        with pytest.raises(signing.BadSignature):
            read_link(token)


def test_link_signed_for_something_else_is_refused() -> None:
    token = signing.TimestampSigner(sep=".", salt="another").sign(guest_return().public_id.hex)
    with pytest.raises(signing.BadSignature):
        read_link(token)


def test_link_to_a_return_that_is_gone_says_so() -> None:
    return_ = guest_return()
    token = token_of(buyer_link(return_))
    return_.delete()
    with pytest.raises(Return.DoesNotExist):
        read_link(token)

"""Returning a gift, as recipients do it; and making its code, as givers do."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertRedirects

from orders.models import Customer, Order
from returns import lifecycle, links
from returns.gifts import codes
from returns.models import GiftCode, Return
from returns.models.evidence import EvidencePhoto
from returns.refunds import payouts
from storefront.access import OPENED_CODES, OPENED_GIFTS
from tests.factories import UserFactory, sent_order
from tests.returns.giving import SYSTEM, give_back, given
from tests.returns.stories import received
from tests.storefront.conftest import Guest, answers, parcels_of
from tests.storefront.test_queries import statements

pytestmark = pytest.mark.django_db

ENTER = "/gift/"
BEN = {"name": "Ben Sommer", "email": "ben@example.com"}
# What belongs to Ada, who gave it, and what she paid.
SECRETS = re.compile(r"Ada|Winter|Rosenweg|Köln|€|49\.90|ada@example\.com")


def main_of(page: Any) -> str:
    """Return what a page says between head and foot."""
    html = page.content.decode()
    return html[html.index("<main") : html.index("</main>")]


@pytest.fixture
def code(customer: Customer) -> GiftCode:
    """A code for two shirts that Ada bought."""
    return given(2, customer=customer)


def with_code(code: GiftCode) -> Client:
    """A browser in which the code was entered."""
    client = Client()
    client.post(ENTER, {"code": codes.written(code)})
    return client


def url_of(code: GiftCode) -> str:
    return reverse("storefront:return_gift", args=[code.public_id])


def said(code: GiftCode, **more: object) -> dict[str, object]:
    return {**answers(parcels_of(code.order)[0]), **BEN, "action": "review", **more}


def hidden(page: Any) -> dict[str, list[str]]:
    """Return what the hidden fields of the review send."""
    found: dict[str, list[str]] = {}
    for name, value in [("key", str(page.context["key"])), *page.context["typed"]]:
        found.setdefault(name, []).append(value)
    return found


def test_recipient_returns_a_gift(client: Client, code: GiftCode) -> None:
    entered = client.post(ENTER, {"code": codes.written(code).lower()})
    assertRedirects(entered, url_of(code))
    page = client.get(url_of(code))
    assert not SECRETS.search(main_of(page))
    assert [item["title"] for item in page.context["offered"]] == ["Linen shirt"]

    review = client.post(url_of(code), said(code, line1="Am Markt 1", city="Leipzig"))
    assert review.status_code == 200
    assert "ben@example.com" in main_of(review)
    assert not SECRETS.search(main_of(review))
    assert Return.objects.count() == 0

    sent = {**hidden(review), "action": "send"}
    for _click in range(2):
        done = client.post(url_of(code), sent)
        made = Return.objects.get()
        assertRedirects(done, reverse("storefront:return_done", args=[made.public_id]))
    assert (made.recipient_name, made.recipient_email) == ("Ben Sommer", "ben@example.com")
    assert made.recipient_address == {"line1": "Am Markt 1", "city": "Leipzig", "country": "DE"}
    assert (made.status, made.total_quantity) == ("REQUESTED", 1)
    assert made.events.get().actor_name == "Ben Sommer"

    seen = client.get(reverse("storefront:return", args=[made.public_id]))
    assert seen.status_code == 200
    assert not SECRETS.search(main_of(seen))
    assert "Store credit for what it was worth" in main_of(seen)


def test_review_can_be_changed_without_losing_anything(code: GiftCode) -> None:
    client = with_code(code)
    review = client.post(url_of(code), said(code, quantity=1, line1="Am Markt 1"))
    page = client.post(url_of(code), {**hidden(review), "action": "change"})
    html = main_of(page)
    assert page.status_code == 200
    for typed in ("Ben Sommer", "ben@example.com", "Am Markt 1"):
        assert f'value="{typed}"' in html
    assert Return.objects.count() == 0


@pytest.mark.parametrize("typed", ["", "nonsense", "AAAA-BBBB-CCCC", "x" * 61, "\0"])
def test_wrong_codes_get_the_same_answer(client: Client, code: GiftCode, typed: str) -> None:
    page = client.post(ENTER, {"code": typed})
    assert page.status_code == 422
    assert OPENED_CODES not in client.session


def test_unknown_and_revoked_code_are_not_told_apart(client: Client, code: GiftCode) -> None:
    codes.revoke(code, actor=SYSTEM)
    answers_ = [
        client.post(ENTER, {"code": typed}).context["form"].errors["code"]
        for typed in (code.code, "AAAABBBBCCCC")
    ]
    assert answers_[0] == answers_[1] == ["This code is not valid. Check it, or ask the shop."]


def test_codes_cannot_be_tried_out(client: Client, code: GiftCode, settings: Any) -> None:
    cache.clear()
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "gift_code": "2/10m/ip"}
    for _attempt in range(2):
        assert client.post(ENTER, {"code": "AAAABBBBCCCC"}).status_code == 422
    assert client.post(ENTER, {"code": code.code}).status_code == 429
    assert OPENED_CODES not in client.session
    cache.clear()


def test_attempts_are_limited_from_the_start() -> None:
    assert "gift_code" in settings.ACCOUNT_RATE_LIMITS


def test_link_of_the_receipt_has_the_code_typed_and_opens_nothing(
    client: Client, code: GiftCode
) -> None:
    page = client.get(reverse("storefront:gift_link", args=[code.code]))
    assert f'value="{code.code}"' in main_of(page)
    assert OPENED_CODES not in client.session


def test_code_that_is_revoked_meanwhile_opens_nothing_more(code: GiftCode) -> None:
    client = with_code(code)
    codes.revoke(code, actor=SYSTEM)
    assert client.get(url_of(code)).status_code == 404
    assert client.post(url_of(code), said(code, action="send")).status_code == 404


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"selected": []}, "Choose at least one item."),
        ({"name": ""}, "This field is required."),
        ({"email": "ben"}, "Enter a valid email address."),
        ({"line1": "x" * 201}, "at most 200 characters"),
    ],
)
@pytest.mark.parametrize("action", ["review", "send"])
def test_wrong_input_is_told_and_kept(
    code: GiftCode, changes: dict[str, object], message: str, action: str
) -> None:
    client = with_code(code)
    page = client.post(url_of(code), said(code, action=action, **changes))
    html = main_of(page)
    assert (page.status_code, message in html) == (422, True)
    assert "Please check what you chose" in html
    assert Return.objects.count() == 0


def test_too_many_pieces_are_refused(code: GiftCode) -> None:
    give_back(code, 1)
    client = with_code(code)
    page = client.post(
        url_of(code), said(code, **{f"item-{parcels_of(code.order)[0].pk}-quantity": 2})
    )
    assert page.status_code == 422
    assert "no more can go back" in main_of(page) or "No more pieces" in main_of(page)


def test_gift_that_is_gone_says_so_and_not_why(code: GiftCode) -> None:
    lifecycle.request(
        code.order,
        [
            lifecycle.LineRequest(
                fulfillment_line_id=parcels_of(code.order)[0].pk, quantity=2, reason="too-small"
            )
        ],
        actor=SYSTEM,
    )
    html = main_of(with_code(code).get(url_of(code)))
    assert "Nothing of this gift can go back now." in html
    assert "Already in a return" not in html


# --- the giver ----------------------------------------------------------------------------------


def pages_of(order: Order) -> list[str]:
    names = ("order", "start_return", "gift")
    return [reverse(f"storefront:{name}", args=[order.public_id]) for name in names]


def test_giver_sees_nothing_of_it(ada: Client, code: GiftCode) -> None:
    made = received(lifecycle.approve(give_back(code, 2), actor=SYSTEM))
    payouts.refund(made, actor=SYSTEM, key=uuid4())
    for url in (*pages_of(code.order), "/", "/orders/", "/returns/", "/credit/"):
        html = main_of(ada.get(url))
        for secret in ("Ben", "Sommer", made.reference, "in a return", "Refund", "returned"):
            assert secret not in html.replace("Cannot be returned", ""), (url, secret)
    assert ada.get("/returns/").context["rows"] == []
    assert ada.get("/orders/").context["rows"][0]["state"] == ""
    order_page = ada.get(pages_of(code.order)[0])
    assert order_page.context["refunds"] == []
    assert "Cannot be returned" in main_of(order_page)


@pytest.mark.parametrize(
    "name", ["return", "return_done", "cancel_return", "slip", "return_code", "sent"]
)
def test_giver_does_not_find_the_return(
    ada: Client, guest: Guest, code: GiftCode, name: str
) -> None:
    made = lifecycle.approve(give_back(code), actor=SYSTEM)
    url = reverse(f"storefront:{name}", args=[made.public_id])
    for browser in (ada, guest(code.order)):
        assert browser.get(url).status_code == 404
        assert browser.post(url).status_code in (404, 405)
    made.refresh_from_db()
    assert made.status == "OPEN"


def test_mailed_link_opens_the_gift_alone(client: Client, code: GiftCode) -> None:
    made = give_back(code)
    client.get(links.buyer_link(made).removeprefix(settings.SITE_URL))
    assert client.session[OPENED_GIFTS] == [made.pk]
    assert client.get(reverse("storefront:return", args=[made.public_id])).status_code == 200
    for url in pages_of(code.order):
        assert client.get(url).status_code == 404
    assert client.get("/orders/").context["rows"] == []
    assert [row["reference"] for row in client.get("/returns/").context["rows"]] == [made.reference]


def test_recipient_who_signs_in_finds_the_gift(code: GiftCode) -> None:
    made = give_back(code)
    client = Client()
    client.force_login(UserFactory(email="ben@example.com", name="Ben"))
    assert [row["reference"] for row in client.get("/returns/").context["rows"]] == [made.reference]


def test_recipient_calls_it_off(code: GiftCode) -> None:
    made = give_back(code)
    client = Client()
    client.get(links.buyer_link(made).removeprefix(settings.SITE_URL))
    client.post(reverse("storefront:cancel_return", args=[made.public_id]))
    made.refresh_from_db()
    assert made.status == "CANCELED"
    assert made.events.get(type="return.canceled").actor_name == "Ben Sommer"


def test_photos_are_those_of_ones_own_side(ada: Client, code: GiftCode) -> None:
    made = give_back(code)
    mine = EvidencePhoto.objects.create(
        order=code.order, return_line=made.lines.get(), image="evidence/none.jpg"
    )
    hers = EvidencePhoto.objects.create(order=code.order, image="evidence/none.jpg")
    ben = Client()
    ben.get(links.buyer_link(made).removeprefix(settings.SITE_URL))
    urls = [reverse("storefront:photo", args=[photo.public_id]) for photo in (mine, hers)]
    found = [[browser.get(url).status_code != 404 for url in urls] for browser in (ada, ben)]
    assert found[0][0] is False
    assert found[1][1] is False


# --- making codes -------------------------------------------------------------------------------


def test_giver_makes_prints_and_revokes_a_code(ada: Client, customer: Customer) -> None:
    order = sent_order(2, 1, customer=customer)
    first, second = order.lines.order_by("position")
    url = reverse("storefront:gift", args=[order.public_id])
    assert "Is it a gift?" in ada.get(url).content.decode()

    ada.post(url, {f"line-{first.pk}": 1, f"line-{second.pk}": 0})
    code = GiftCode.objects.get()
    page = ada.get(url)
    assert [(one["code"], one["items"]) for one in page.context["codes"]] == [
        (codes.written(code), "1 × Linen shirt")  # noqa: RUF001
    ]
    receipt = ada.get(reverse("storefront:gift_receipt", args=[order.public_id, code.public_id]))
    assert (receipt.headers["Content-Type"], receipt.content[:5]) == ("application/pdf", b"%PDF-")

    revoke = reverse("storefront:revoke_gift", args=[order.public_id, code.public_id])
    assert "Nobody can return the gift" in ada.get(revoke).content.decode()
    assertRedirects(ada.post(revoke), url)
    assert ada.get(url).context["codes"] == []
    assert ada.post(revoke).status_code == 404


@pytest.mark.parametrize(
    ("count", "message"),
    [
        (0, "Choose at least one item."),
        (3, "Ensure this value is less than or equal to 2."),
        ("x", "Enter a whole number."),
    ],
)
def test_code_for_wrong_pieces_is_refused(
    ada: Client, customer: Customer, count: object, message: str
) -> None:
    order = sent_order(2, customer=customer)
    url = reverse("storefront:gift", args=[order.public_id])
    page = ada.post(url, {f"line-{order.lines.get().pk}": count})
    assert (page.status_code, message in page.content.decode()) == (422, True)
    assert GiftCode.objects.count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_pages_take_few_statements(ada: Client, customer: Customer, count: int) -> None:
    order = sent_order(*[2] * count, customer=customer)
    code = given(*[2] * count, order=order)
    for _more in range(count - 1):
        given(1, order=order)
    assert statements(ada, reverse("storefront:gift", args=[order.public_id])) == 7
    made = give_back(code, *[1] * count)
    ben = with_code(code)
    assert statements(ben, url_of(code)) == 7
    with CaptureQueriesContext(connection) as queries:
        assert ben.post(url_of(code), said(code)).status_code == 200
    assert len(queries) == 10
    ben.get(links.buyer_link(made).removeprefix(settings.SITE_URL))
    assert statements(ben, reverse("storefront:return", args=[made.public_id])) == 7

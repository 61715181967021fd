"""Choosing what to get for what goes back: money, credit, the same again, a repair."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertNumQueries

from orders.models import Customer, Order
from returns import lifecycle
from returns.models import ExchangeLine, Return, ReturnReason
from tests.factories import LocationFactory, StockLevelFactory
from tests.returns.exchanging import bought, shirt
from tests.returns.stories import SYSTEM, received
from tests.storefront.conftest import answers, parcels_of

pytestmark = pytest.mark.django_db

ALL: dict[str, Any] = {"offers_replacement": True, "offers_repair": True, "offers_credit": True}


def start(order: Order) -> str:
    return reverse("storefront:start_return", args=[order.public_id])


def same(order: Order) -> str:
    """Put the variant that was bought in stock; return its key."""
    line = order.lines.select_related("variant").get()
    assert line.variant is not None
    StockLevelFactory(variant=line.variant, location=LocationFactory(), available=3)
    return str(line.variant.pk)


def asked(order: Order, **said: Any) -> dict[str, object]:
    (parcel,) = parcels_of(order)
    return answers(parcel, **said)


def drawn(client: Client, order: Order, **said: Any) -> Any:
    """Return what the page draws anew when a reason is chosen."""
    (parcel,) = parcels_of(order)
    url = reverse("storefront:about_reason", args=[order.public_id, parcel.pk])
    return client.post(url, answers(parcel, **said))


def about(client: Client, order: Order, **said: Any) -> str:
    return str(drawn(client, order, **said).content.decode())


def wishes(client: Client, order: Order) -> dict[str, str]:
    """Return what the page lets be chosen, by value."""
    form = client.get(start(order)).context["offered"][0]["form"]
    return {str(value): str(label) for value, label in form.fields["swap"].choices}


def keep_by_reason(order: Order, **settings: Any) -> None:
    """Let the order's line have settings of a rule that asks for a reason or a wish."""
    line = order.lines.get()
    conditions = {
        name: settings.pop(name) for name in ("reasons", "resolutions") if name in settings
    }
    line.return_terms = {
        "version": 1,
        "settings": {},
        "rules": {},
        "by_reason": [{**conditions, "rule": "Rule", "settings": settings}],
    }
    line.save()


@pytest.mark.parametrize(
    ("terms", "offered"),
    [
        (
            {**ALL, "exchanges": "NONE"},
            ["Money back", "Replacement: the same again", "Repair: we repair it"],
        ),
        ({"exchanges": "NONE", "offers_repair": True}, ["Money back", "Repair: we repair it"]),
        (
            {**ALL, "exchanges": "NONE", "offers_money": False, "offers_replacement": False},
            ["Store credit", "Repair: we repair it"],
        ),
        ({"exchanges": "NONE", "offers_repair": True, "offers_money": False}, ["Repair: we"]),
    ],
)
def test_page_offers_what_the_policy_offers(
    ada: Client, customer: Customer, terms: dict[str, Any], offered: list[str]
) -> None:
    order = bought(1, customer=customer, terms=terms)
    same(order)

    found = list(wishes(ada, order).values())

    assert len(found) == len(offered)
    assert all(label.startswith(words) for label, words in zip(found, offered, strict=True))


def test_repair_is_asked_for_seen_and_followed(ada: Client, customer: Customer) -> None:
    order = bought(1, customer=customer, terms=ALL)

    review = ada.post(start(order), asked(order, swap="REPAIR")).headers["Location"]
    page = ada.get(review)
    assertContains(page, "To be repaired and sent back to you")
    assertContains(page, "nothing is paid back for it")
    done = ada.post(review).headers["Location"]

    assertContains(ada.get(done), "We repair the items and send them back")
    made = Return.objects.get()
    assert [line.resolution for line in made.lines.all()] == ["REPAIR"]
    shown = reverse("storefront:return", args=[made.public_id])
    assertContains(ada.get(shown), "To be repaired and sent back to you")
    assertNotContains(ada.get(shown), "Estimated refund")

    here = received(lifecycle.approve(made, actor=SYSTEM), "PROCESSING_REQUIRED")
    line = here.lines.get()
    lifecycle.ship_repaired(
        here, actor=SYSTEM, quantities={line.pk: 1}, tracking_url="https://dhl.example/1"
    )
    page = ada.get(shown)
    assertContains(page, "Repaired and sent back to you: 1 × Linen shirt")  # noqa: RUF001
    assertContains(page, 'href="https://dhl.example/1"')


def test_replacement_is_asked_for_and_costs_nothing(ada: Client, customer: Customer) -> None:
    order = bought(1, customer=customer, terms={**ALL, "exchanges": "NONE"})
    variant = same(order)

    review = ada.post(start(order), asked(order, swap=variant)).headers["Location"]
    assertContains(ada.get(review), "Replacement: the same again")
    assertContains(ada.get(review), "€0.00")
    ada.post(review)

    line = ExchangeLine.objects.select_related("return_line").get()
    assert (str(line.variant_id), line.is_even) == (variant, True)
    assert line.return_line is not None
    assert line.return_line.resolution == "REPLACEMENT"


@pytest.mark.parametrize("swap", ["REPAIR", "", "12345"])
def test_what_is_not_offered_is_told_at_the_choice(
    ada: Client, customer: Customer, swap: str
) -> None:
    terms = {"exchanges": "NONE", "offers_credit": True, "offers_money": False}
    order = bought(1, customer=customer, terms=terms)
    chosen = {**asked(order, swap=swap), "refund_to": "ORIGINAL"}

    answer = ada.post(start(order), chosen)

    assert answer.status_code == 422
    assert "swap" in answer.context["offered"][0]["form"].errors
    assert Return.objects.count() == 0


def test_credit_alone_is_chosen_by_itself(ada: Client, customer: Customer) -> None:
    terms = {"exchanges": "NONE", "offers_credit": True, "offers_money": False}
    order = bought(1, customer=customer, terms=terms)

    page = ada.get(start(order))
    assert [(way["value"], way["is_chosen"]) for way in page.context["choice"]] == [
        ("STORE_CREDIT", True)
    ]
    ada.post(ada.post(start(order), asked(order)).headers["Location"])

    made = Return.objects.get()
    assert (made.refund_to, made.lines.get().resolution) == ("STORE_CREDIT", "CREDIT")


def test_choice_follows_the_reason(ada: Client, customer: Customer) -> None:
    order = bought(1, customer=customer, terms={"offers_repair": True})
    shirt(order, "L")
    ReturnReason.objects.filter(handle="style").update(resolutions=["EXCHANGE"])
    ReturnReason.objects.filter(handle="too-small").update(resolutions=["MONEY"])
    keep_by_reason(order, reasons=["color"], exchanges="ANY_PRODUCT", offers_repair=False)

    style, small = about(ada, order, reason="style"), about(ada, order, reason="too-small")
    color = about(ada, order, reason="color", swap="REPAIR")

    assert ("Money back" in style, "L, Sage" in style, "REPAIR" in style) == (False, True, False)
    assert "Choose another product" not in style
    assert ("Money back" in small, "L, Sage" in small) == (False, False)  # nothing to choose
    assert ("REPAIR" in color, "Choose another product" in color) == (False, True)
    # What was chosen before is not offered any more: the first that is, is chosen.
    chosen = drawn(ada, order, reason="color", swap="REPAIR").context["form"]["swap"].value()
    assert chosen == ""
    assert drawn(ada, order, swap="").context["form"]["swap"].value() == ""


def test_other_products_are_found_where_only_the_reason_lets(
    ada: Client, customer: Customer
) -> None:
    order = bought(1, customer=customer)
    (parcel,) = parcels_of(order)
    other = StockLevelFactory().variant
    keep_by_reason(order, reasons=["color"], exchanges="ANY_PRODUCT")

    def browse(reason: str) -> Any:
        said = {**asked(order, reason=reason), "action": f"browse:{parcel.pk}"}
        return ada.get(ada.post(start(order), said).headers["Location"])

    assert browse("style").status_code == 302
    assertContains(browse("color"), other.product.title)
    ada.post(
        ada.post(start(order), asked(order, reason="color", swap=other.pk)).headers["Location"]
    )
    assert ExchangeLine.objects.get().variant == other


def test_estimate_takes_the_fees_of_what_is_wanted(ada: Client, customer: Customer) -> None:
    terms = {"return_shipping_fee": Decimal("4.90"), **ALL}
    order = bought(1, customer=customer, terms=terms)
    keep_by_reason(order, resolutions=["CREDIT"], return_shipping_fee="0")
    url = reverse("storefront:estimate", args=[order.public_id])

    money = ada.post(url, asked(order)).content.decode()
    credit = ada.post(url, {**asked(order), "refund_to": "STORE_CREDIT"}).content.decode()
    mended = ada.post(url, asked(order, swap="REPAIR")).content.decode()

    assert ("-€4.90" in money or "−€4.90" in money, "€45.00" in money) == (True, True)  # noqa: RUF001
    assert ("Return shipping" in credit, "€49.90" in credit) == (False, True)
    assert ("Return shipping" in mended, "€0.00" in mended) == (False, True)


def test_photo_and_words_that_the_policy_needs_are_asked_for(
    ada: Client, customer: Customer
) -> None:
    order = bought(1, customer=customer, terms={"photos_needed": True})
    keep_by_reason(order, reasons=["style"], comment_needed=True)

    page = ada.get(start(order))
    assertContains(page, "Please add a photo below.")
    assertContains(page, "Please add at least one.")
    assert "Please say below" not in about(ada, order, reason="too-small")
    assert "Please say below in your own words" in about(ada, order, reason="style")
    answer = ada.post(start(order), asked(order))
    assert answer.status_code == 422
    assert "new_photos" in answer.context["offered"][0]["form"].errors


@pytest.mark.parametrize("lines", [1, 3])
def test_what_a_reason_brings_takes_few_statements(
    ada: Client, customer: Customer, lines: int
) -> None:
    order = bought(*[1] * lines, customer=customer, terms=ALL)
    first = parcels_of(order)[0]
    url = reverse("storefront:about_reason", args=[order.public_id, first.pk])

    with assertNumQueries(7):
        ada.post(url, answers(first))

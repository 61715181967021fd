"""Other ends than the shelf, as staff see and make them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import (
    assertContains,
    assertNotContains,
    assertNumQueries,
    assertRedirects,
)

from accounts import actors
from orders.models import FulfillmentLine
from returns import lifecycle
from returns.lifecycle import DisposeRequest, LineRequest, Receipt, UnexpectedPieces
from returns.models import BuyerParcel, Grade, Return, ReturnPolicy
from tests.factories import LocationFactory, StoreFactory, VariantFactory, sent_order

pytestmark = pytest.mark.django_db

SYSTEM = actors.system()


def page(name: str, return_: Return, *more: int) -> str:
    return reverse(f"backoffice:{name}", args=[return_.pk, *more])


def opened(*quantities: int) -> Return:
    store = StoreFactory(return_location=LocationFactory(name="Hamburg"))
    order = sent_order(*quantities, store=store)
    wishes = [
        LineRequest(fulfillment_line_id=parcel.pk, quantity=parcel.quantity, reason="too-small")
        for parcel in FulfillmentLine.objects.filter(fulfillment__order=order).order_by("pk")
    ]
    return lifecycle.create(order, wishes, actor=SYSTEM)


def refused(*quantities: int) -> Return:
    """Return a return whose pieces are here, damaged."""
    return_ = opened(*quantities)
    receipts = [
        Receipt(
            line_id=line.pk,
            quantity=line.quantity,
            dispositions=(
                DisposeRequest(
                    type="NOT_RESTOCKED", quantity=line.quantity, grade="damaged", note="Torn."
                ),
            ),
        )
        for line in return_.lines.all()
    ]
    return lifecycle.process(return_, actor=SYSTEM, receipts=receipts)


def test_the_buyer_keeps_some_pieces(support: Client) -> None:
    return_ = opened(2)
    line = return_.lines.get()

    answer = support.post(page("return_let_keep", return_), {f"line-{line.pk}": "1"})

    assertRedirects(answer, page("return", return_))
    assertContains(support.get(page("return", return_)), "1 × Kept by the buyer")  # noqa: RUF001
    assertContains(
        support.get(page("return", return_)),
        "The buyer keeps the items: 1 × Linen shirt",  # noqa: RUF001
    )


@pytest.mark.parametrize("count", ["3", "-1", "x", "", "0"])
def test_keeping_what_is_not_there_is_told_at_the_field(support: Client, count: str) -> None:
    return_ = opened(2)
    line = return_.lines.get()

    answer = support.post(page("return_let_keep", return_), {f"line-{line.pk}": count})

    assert answer.status_code == 422
    assert Return.objects.get(pk=return_.pk).processed_quantity == 0


def parcel(return_: Return, **changes: str) -> dict[str, Any]:
    return {
        **{f"line-{line.pk}": str(line.quantity) for line in return_.lines.all()},
        "message": "The shirt was worn.",
        "carrier": "DHL",
        "tracking_number": "JJD1",
        "tracking_url": "https://dhl.example/JJD1",
        **changes,
    }


def test_refused_pieces_go_back_to_the_buyer(warehouse: Client) -> None:
    return_ = refused(1)

    answer = warehouse.post(page("return_ship_back", return_), parcel(return_))

    assertRedirects(answer, page("return", return_))
    shown = warehouse.get(page("return", return_))
    for words in (
        "1 × Sent back to the buyer",  # noqa: RUF001
        'href="https://dhl.example/JJD1"',
        "“The shirt was worn.”",
        "Torn.",
        "Damaged",
    ):
        assertContains(shown, words)
    assertNotContains(shown, page("return_ship_back", return_))
    assertNotContains(shown, "1 × Not put back in stock")  # noqa: RUF001


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"message": ""}, "message"),
        ({"message": "x" * 501}, "message"),
        ({"tracking_url": "javascript:alert(1)"}, "tracking_url"),
        ({"tracking_number": "x" * 101}, "tracking_number"),
        ({"carrier": "a\0"}, "carrier"),
    ],
)
def test_a_wrong_parcel_is_told_at_its_field(
    warehouse: Client, changes: dict[str, str], field: str
) -> None:
    return_ = refused(1)

    answer = warehouse.post(page("return_ship_back", return_), parcel(return_, **changes))

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert BuyerParcel.objects.count() == 0


def test_an_unexpected_article_is_decided_on(warehouse: Client, support: Client) -> None:
    return_ = opened(1)
    variant = VariantFactory()
    extra = [UnexpectedPieces(title="A mug", quantity=1, variant_id=variant.pk)]
    lifecycle.process(return_, actor=SYSTEM, receipts=[], extra=extra)
    item = return_.unexpected_items.get()
    url = page("decide_unexpected", return_, item.pk)

    assertContains(warehouse.get(page("return", return_)), "Put in stock")
    assertNotContains(support.get(page("return", return_)), "Put in stock")
    assert support.post(url, {"type": "RESTOCKED"}).status_code == 403
    for nonsense in ({}, {"type": "MISSING"}):
        warehouse.post(url, nonsense)
    assert variant.stock_levels.count() == 0
    for _time in range(2):
        assertRedirects(warehouse.post(url, {"type": "RESTOCKED"}), page("return", return_))
    assert variant.stock_levels.get().available == 1
    other = opened(1)
    warehouse.post(page("decide_unexpected", other, item.pk), {"type": "RESTOCKED"})
    assert variant.stock_levels.get().available == 1


def test_a_grade_is_added_and_used(manager: Client) -> None:
    typed = {
        "handle": "washed",
        "name_en": "Washed",
        "name_de": "Gewaschen",
        "position": "9",
        "disposition": "NOT_RESTOCKED",
        "active": "on",
    }

    manager.post(reverse("backoffice:new_grade"), typed)

    grade = Grade.objects.get(handle="washed")
    assert (grade.names, grade.disposition) == (
        {"en": "Washed", "de": "Gewaschen"},
        "NOT_RESTOCKED",
    )
    assert grade in Grade.objects.offered()
    url = reverse("backoffice:grade", args=[grade.pk])
    manager.post(url, {**typed, "handle": "other", "disposition": "BURNT"})
    manager.post(url, {**typed, "handle": "other", "active": ""})
    grade.refresh_from_db()
    assert (grade.handle, grade.disposition, grade.active) == ("washed", "NOT_RESTOCKED", False)


@pytest.mark.parametrize(("typed", "kept"), [("12.50", "12.5"), ("", None), ("-1", "refused")])
def test_a_policy_may_let_buyers_keep_cheap_goods(
    manager: Client, typed: str, kept: str | None
) -> None:
    store = StoreFactory()
    data = {
        "window_days": "30",
        "window_start": "DELIVERY",
        "returnable_states": ["SHIPPED"],
        "restocking_fee_percent": "0",
        "return_shipping_fee": "0",
        "shipping_refund": "NEVER",
        "days_to_send": "14",
        "credit_bonus_percent": "0",
        "credit_bonus_amount": "0",
        "cancel_unsent": "NONE",
        "label": "NONE",
        "offers_money": "on",
        "exchanges": "NONE",
        "reservation_hours": "48",
        "keep_item_below": typed,
    }

    answer = manager.post(reverse("backoffice:policy", args=[store.pk]), data)

    store.refresh_from_db()
    if kept == "refused":
        assert answer.status_code == 422
        assert ReturnPolicy.objects.count() == 0
    else:
        assert store.return_terms.get("keep_item_below") == kept


@pytest.mark.parametrize("lines", [1, 3])
def test_page_for_sending_back_takes_few_queries(warehouse: Client, lines: int) -> None:
    return_ = refused(*[1] * lines)

    with assertNumQueries(4):
        warehouse.get(page("return_ship_back", return_))

"""Lines with terms of their own: what may go back when, and what a return of several makes."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from orders.models import FulfillmentLine, Order, OrderLine
from returns import eligibility, lifecycle
from returns.eligibility import Blocker
from returns.errors import CreditNotOffered, MissingNote, NotExchangeable, NotReturnable
from returns.lifecycle import ExchangeRequest, LineRequest
from returns.models import FeeKind, ReturnStatus
from returns.models.policies import ReturnTerms
from returns.policies import terms
from returns.policies.terms import together
from tests.factories import LocationFactory, StockLevelFactory, VariantFactory, sent_order
from tests.returns.stories import BUYER, SYSTEM

pytestmark = pytest.mark.django_db


def order_with(*kept: dict[str, Any], by_reason: Any = (), **order_terms: Any) -> Order:
    """Return a sent order with a line of one piece per dict of settings that it keeps."""
    order = sent_order(*[1] * len(kept), return_terms=ReturnTerms(**order_terms).to_json())
    for line, settings in zip(order.lines.order_by("position"), kept, strict=True):
        if settings or by_reason:
            line.return_terms = {"version": 1, "settings": settings, "by_reason": list(by_reason)}
            line.save(update_fields=["return_terms"])
    return Order.objects.select_related("store", "customer").get(pk=order.pk)


def wishes(order: Order, reason: str = "too-small", note: str = "") -> list[LineRequest]:
    parcels = FulfillmentLine.objects.filter(fulfillment__order=order).order_by("pk")
    return [
        LineRequest(fulfillment_line_id=row.pk, quantity=1, reason=reason, customer_note=note)
        for row in parcels
    ]


def ask(order: Order, **request: Any) -> Any:
    said = {key: request.pop(key) for key in ("reason", "note") if key in request}
    return lifecycle.request(order, wishes(order, **said), actor=BUYER, **request)


def messages(order: Order) -> list[list[str]]:
    return [item.messages for item in eligibility.for_order(order)]


def test_each_line_has_its_own_window() -> None:
    order = order_with({"window_days": 1}, {"window_days": None}, {})

    first, second, third = eligibility.for_order(order)

    assert first.blockers == (Blocker.RETURN_WINDOW_EXPIRED,)
    assert (second.returnable, second.returnable_until) == (True, None)
    assert third.returnable_until is not None


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("FINAL_SALE", "Final sale: cannot be returned"),
        ("HYGIENE", "Cannot be returned for reasons of hygiene"),
        ("PERSONALISED", "Made to your order: cannot be returned"),
        ("PERISHABLE", "Perishable: cannot be returned"),
        ("DIGITAL", "Digital: cannot be returned"),
        ("OTHER", "Cannot be returned"),
    ],
)
def test_excluded_goods_say_why(kind: str, words: str) -> None:
    order = order_with({"returnable": kind})

    assert messages(order) == [[words]]
    with pytest.raises(NotReturnable, match=words):
        ask(order)


def test_text_of_the_rule_is_shown_in_the_readers_language() -> None:
    texts = {"en": "Opened cosmetics stay with you.", "de": "Geöffnete Kosmetik bleibt bei Ihnen."}
    order = order_with({"returnable": "HYGIENE", "returnable_text": texts})

    assert messages(order) == [[texts["en"]]]


def test_rule_may_let_marked_goods_go_back() -> None:
    order = order_with({"returnable": "YES"}, {})
    OrderLine.objects.update(final_sale=True, personalised=True)

    first, second = eligibility.for_order(order)

    assert first.returnable
    assert second.blockers == (Blocker.NOT_RETURNABLE, Blocker.FINAL_SALE)


def test_staff_may_set_an_exclusion_aside() -> None:
    order = order_with({"returnable": "HYGIENE"})

    made = lifecycle.create(order, wishes(order), actor=SYSTEM, override_policy=True)

    assert made.status == ReturnStatus.OPEN


def test_window_of_a_reason_can_be_chosen_and_only_with_it() -> None:
    longer = {
        "reasons": ["damaged-or-defective"],
        "rule": "Faults",
        "settings": {"window_days": 90},
    }
    order = order_with({"window_days": 1}, by_reason=[longer])

    item = eligibility.for_order(order)[0]
    assert (item.returnable, item.verdict.by_reason) == (True, True)
    with pytest.raises(NotReturnable, match="time for returns is over"):
        ask(order)
    assert ask(order, reason="damaged-or-defective", note="Broken").total_quantity == 1


def test_first_rule_for_a_reason_decides() -> None:
    order = order_with(
        {"window_days": 14},
        by_reason=[
            {"reasons": ["style"], "settings": {"window_days": 7}},
            {"reasons": ["style", "color"], "settings": {"window_days": 1, "comment_needed": True}},
        ],
    )
    line = order.lines.get()
    usual = terms.of_order(order)

    def found(reason: str) -> tuple[int | None, bool]:
        decided = terms.of_line(usual, line, reason)
        return decided.window_days, decided.comment_needed

    assert [found(reason) for reason in ("", "style", "color", "other")] == [
        (14, False),
        (7, True),
        (1, True),
        (14, False),
    ]


def test_rules_that_decided_are_named() -> None:
    order = order_with({"window_days": 14})
    line = order.lines.get()
    line.return_terms |= {
        "rules": {"window_days": "Two weeks", "label": "Two weeks"},
        "by_reason": [{"reasons": ["style"], "rule": "Style", "settings": {"window_days": 7}}],
    }

    assert terms.rules_of(line) == ["Two weeks", "Style"]
    assert terms.rules_of(OrderLine()) == []


def test_comment_is_needed_where_a_line_says_so() -> None:
    order = order_with({"comment_needed": True})

    with pytest.raises(MissingNote):
        ask(order)
    assert ask(order, note="Too small around the arms").total_quantity == 1


def test_fees_are_each_lines_own_and_shipping_the_highest_once() -> None:
    order = order_with(
        {"restocking_fee_percent": "10", "return_shipping_fee": "3"},
        {"return_shipping_fee": "5"},
        restocking_fee_percent=Decimal(20),
    )

    made = ask(order)

    fees = made.fees.order_by("pk")
    assert [(fee.kind, fee.percent, fee.amount) for fee in fees] == [
        (FeeKind.RESTOCKING, Decimal(10), None),
        (FeeKind.RESTOCKING, Decimal(20), None),
        (FeeKind.RETURN_SHIPPING, None, Decimal(5)),
    ]


def test_return_is_approved_at_once_when_all_its_lines_are() -> None:
    assert ask(order_with({"auto_approve": True}, {})).status == ReturnStatus.REQUESTED
    assert ask(order_with({"auto_approve": True}, {"auto_approve": True})).status == "OPEN"


def test_return_keeps_its_terms_together_for_later() -> None:
    order = order_with({"days_to_send": 5, "credit_valid_days": 30}, {"days_to_send": 9})

    made = ask(order)
    approved = lifecycle.approve(made, actor=SYSTEM)

    assert made.return_terms == {"days_to_send": 5, "credit_valid_days": 30}
    assert approved.approved_at is not None
    today = approved.approved_at.astimezone(order.store.zone).date()
    assert approved.send_by == today + timedelta(days=5)


def test_return_like_its_order_keeps_nothing() -> None:
    assert ask(order_with({}, {"window_days": 20})).return_terms == {}


def test_credit_is_offered_where_all_lines_offer_it() -> None:
    order = order_with({"offers_credit": True}, {})
    with pytest.raises(CreditNotOffered):
        ask(order, refund_to="STORE_CREDIT")

    both = order_with({"offers_credit": True}, {"offers_credit": True})
    assert ask(both, refund_to="STORE_CREDIT").refund_to == "STORE_CREDIT"


def test_cheap_goods_are_kept_where_all_lines_say_so() -> None:
    assert ask(order_with({"keep_item_below": "200"}, {})).status == ReturnStatus.REQUESTED
    kept = order_with({"keep_item_below": "200"}, {"keep_item_below": "150"})
    assert ask(kept).status == ReturnStatus.CLOSED


def test_exchange_is_each_lines_own() -> None:
    order = order_with({"exchanges": "NONE"}, {})
    found = []
    for line in order.lines.order_by("position"):
        assert line.variant is not None
        other = VariantFactory(product=line.variant.product, price=line.variant.price)
        StockLevelFactory(variant=other)
        found.append(other.pk)

    for index, variant in enumerate(found):
        wish = ExchangeRequest(variant_id=variant, quantity=1, replaces=index)
        if index == 0:
            with pytest.raises(NotExchangeable, match="not offered for this item"):
                ask(order, exchanges=[wish])
        else:
            assert ask(order, exchanges=[wish]).exchange_quantity == 1


def test_goods_go_back_to_the_location_that_their_terms_name() -> None:
    north, closed = LocationFactory(), LocationFactory(accepts_returns=False)
    order = order_with({"location": north.code}, {"location": closed.code}, {})

    made = lifecycle.create(order, wishes(order), actor=SYSTEM)

    places = made.reverse_fulfillments.order_by("pk").values_list("location", "lines__quantity")
    assert list(places) == [
        (north.pk, 1),
        (order.store.return_location_id, 1),
        (order.store.return_location_id, 1),
    ]


A = ReturnTerms(
    auto_approve=True,
    return_shipping_fee=Decimal(3),
    days_to_send=7,
    offers_credit=True,
    credit_bonus_percent=Decimal(10),
    credit_valid_days=30,
    keep_item_below=Decimal(20),
    label="OWN_LABEL",
    instant_exchange=True,
    reservation_hours=48,
)
B = ReturnTerms(
    return_shipping_fee=Decimal(5),
    shipping_refund="NEVER",
    days_to_send=14,
    credit_bonus_percent=Decimal(5),
    label="BY_STAFF",
    reservation_hours=24,
)


def test_terms_together_are_the_strictest() -> None:
    expected = replace(
        A,
        auto_approve=False,
        return_shipping_fee=Decimal(5),
        shipping_refund="NEVER",
        offers_credit=False,
        credit_bonus_percent=Decimal(5),
        credit_valid_days=30,
        keep_item_below=None,
        label="BY_STAFF",
        instant_exchange=False,
        reservation_hours=24,
    )

    assert together([A, B]) == expected
    assert together([A]) == together([A, A]) == A


FRIDAY = datetime(2026, 12, 11, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "day"),
    [
        ({}, date(2026, 12, 25)),
        ({"next_business_day": True}, date(2026, 12, 28)),
        ({"until": date(2027, 1, 31)}, date(2027, 1, 31)),
        ({"until": date(2027, 1, 31), "next_business_day": True}, date(2027, 2, 1)),
        ({"until": date(2026, 12, 1)}, date(2026, 12, 25)),
        ({"transit_days": 3}, date(2026, 12, 28)),
        ({"window_start": "LAST_DELIVERY"}, date(2026, 12, 30)),
        ({"window_start": "LAST_DELIVERY", "transit_days": 9}, date(2027, 1, 3)),
        ({"window_start": "ORDER", "transit_days": 9}, date(2026, 12, 24)),
    ],
)
def test_last_day(changes: dict[str, Any], day: date) -> None:
    facts = eligibility.Facts(
        sent=1,
        placed_at=FRIDAY - timedelta(days=1),
        shipped_at=FRIDAY,
        parcels=((FRIDAY, None), (FRIDAY, FRIDAY + timedelta(days=5))),
        country="DE",
    )

    assert eligibility.last_day(facts, ReturnTerms(window_days=14, **changes), UTC) == day  # type: ignore[arg-type]


def test_blocked_customer_is_told_to_ask_and_staff_may_still_create() -> None:
    order = order_with({})
    assert order.customer is not None
    order.customer.return_listing = "BLOCK"
    order.customer.save()

    assert [item.blockers for item in eligibility.for_order(order)] == [(Blocker.BLOCKED,)]
    with pytest.raises(NotReturnable, match="contact us"):
        ask(order)
    assert lifecycle.create(order, wishes(order), actor=SYSTEM, override_policy=True).pk


def test_allowed_order_goes_back_whatever_policy_and_customer_say() -> None:
    order = order_with({"returnable": "FINAL_SALE"}, {"window_days": 0})
    assert order.customer is not None
    order.customer.return_listing = "BLOCK"
    order.customer.save()
    Order.objects.update(return_listing="ALLOW")
    order = Order.objects.select_related("store", "customer").get()

    assert [item.returnable for item in eligibility.for_order(order)] == [True, True]
    assert ask(order).total_quantity == 2


def test_what_cannot_go_back_at_all_is_not_allowed_by_a_list() -> None:
    order = order_with({})
    OrderLine.objects.update(is_goods=False)
    Order.objects.update(return_listing="ALLOW", canceled_at=timezone.now())
    order = Order.objects.select_related("store", "customer").get()

    assert [item.blockers for item in eligibility.for_order(order)] == [(Blocker.NOT_RETURNABLE,)]

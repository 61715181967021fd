"""The demo shop: what it shows, and that nothing in it breaks a rule."""

from decimal import Decimal
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db.models import F, Q, Sum

from accounts.models import Role, User
from orders.models import BundleKind, FulfillmentLine, Order, OrderLine, Payment, Store
from returns import eligibility
from returns.models import (
    AutomationRule,
    DeclineReason,
    Disposition,
    DispositionType,
    Event,
    EventType,
    ParcelState,
    Refund,
    RefundStatus,
    Return,
    ReturnLine,
    ReturnStatus,
    ReverseDelivery,
    WithdrawalCase,
    WithdrawalEvent,
    WithdrawalEventType,
)
from returns.models.states import LIVE
from returns.store_credit import ledger
from returns.withdrawals import statements
from returns_project.demo import people
from tests.factories import StoreFactory


def load() -> str:
    """Run the command and return what it printed."""
    output = StringIO()
    call_command("load_demo", stdout=output)
    return output.getvalue()


@pytest.fixture
def said(db: None) -> str:
    """Load the demo and return what the command printed."""
    return load()


def test_demo_shows_withdrawals_of_each_kind(said: str) -> None:
    cases = WithdrawalCase.objects.order_by("pk")
    # Whatever else there is to say, such as that a part is not sent yet.
    assert [(case.state, case.flags[:1]) for case in cases] == [
        ("HANDLED", []),
        ("HANDLED", []),
        ("SETTLED", ["REPEATED"]),
        ("TO_CHECK", ["LATE"]),
        ("TO_CHECK", ["EXEMPT"]),
        ("HANDLED", []),
        ("TO_CHECK", ["UNKNOWN_ORDER"]),
    ]
    assert all(statements.is_genuine(case.statement) for case in cases)
    types = set(WithdrawalEvent.objects.values_list("type", flat=True))
    assert types == set(WithdrawalEventType) - {WithdrawalEventType.RETURN_OPENED}


def test_demo_shows_every_state_and_kind(said: str) -> None:
    returns = Return.objects
    assert set(returns.values_list("status", flat=True)) == set(ReturnStatus.values)
    assert set(returns.exclude(decline_reason="").values_list("decline_reason", flat=True)) == set(
        DeclineReason.values
    )
    assert set(Disposition.objects.values_list("type", flat=True)) == set(DispositionType.values)
    # The manual gateway never fails, and neither do labels of our own; no reservation ends while
    # the demo is told, and no gateway is asked for links.
    failures = {
        EventType.REFUND_FAILED.value,
        EventType.REFUND_RETRIED.value,
        EventType.PARCEL_LABEL_FAILED.value,
        EventType.EXCHANGE_EXPIRED.value,
        EventType.EXCHANGE_LINK_PROBLEM.value,
        # Nobody is mailed by the demo.
        EventType.BUYER_REMINDED.value,
        EventType.STAFF_NOTIFIED.value,
    }
    assert set(ReverseDelivery.objects.values_list("state", flat=True)) == set(ParcelState.values)
    assert set(Event.objects.values_list("type", flat=True)) == set(EventType.values) - failures
    assert set(OrderLine.objects.values_list("bundle_kind", flat=True)) == set(BundleKind.values)
    assert list(Store.objects.order_by("code").values_list("currency", "language")) == [
        ("GBP", "en"),
        ("EUR", "de"),
    ]
    orders = Order.objects
    assert orders.count() >= 220
    assert all(
        found.exists()
        for found in (
            orders.filter(customer=None).exclude(guest_email=""),
            orders.filter(tax_included=False),
            orders.filter(lines__discount_total__gt=0),
            orders.filter(lines__final_sale=True),
            orders.filter(lines__personalised=True),
            orders.filter(lines__is_goods=False),
            orders.filter(fulfillments=None, canceled_at=None),
            orders.filter(fulfillments__delivered_at=None, fulfillments__number=1),
            orders.filter(fulfillments__number=2),
            orders.exclude(canceled_at=None),
            orders.exclude(archived_at=None),
            returns.waiting_for_decision(),
            returns.waiting_for_goods(),
            returns.waiting_for_refund(),
            returns.filter(number=2),
            returns.filter(lines__removed_quantity__gt=0),
            returns.filter(lines__fulfillment_line__order_line__bundle_kind=BundleKind.FIXED),
            returns.filter(
                lines__fulfillment_line__order_line__bundle_parent__bundle_kind="CONFIGURABLE"
            ),
            returns.exclude(lines__answers=[]),
            returns.filter(lines__photos__isnull=False),
            returns.filter(messages__photos__isnull=False),
            returns.waiting_for_answer(),
            returns.waiting_for_buyer(),
            returns.filter(lines__reason__parent__handle="damaged-or-defective"),
            orders.filter(payments__method="GIFT_CARD", returns__refunds__isnull=False),
            orders.filter(payments__method="STORE_CREDIT", payments__from_exchange=True),
            ledger.of_order(orders.filter(returns__exchange_owed__gt=0)[0]),
        )
    )


def test_demo_keeps_the_books(said: str) -> None:
    held = ReturnLine.objects.filter(for_return__status__in=LIVE, quantity__gt=0)
    by_parcel = dict(held.values_list("fulfillment_line").annotate(held=Sum("quantity")).order_by())
    assert by_parcel == dict(
        FulfillmentLine.objects.filter(returning_quantity__gt=0).values_list(
            "pk", "returning_quantity"
        )
    )
    for return_ in Return.objects.prefetch_related("lines", "events"):
        lines = return_.lines.all()
        moves = [(event.from_status, event.to_status) for event in return_.events.all()]
        changes = [move for move in moves if move != ("", "")]
        assert return_.total_quantity == sum(line.quantity for line in lines)
        assert return_.processed_quantity == sum(line.processed_quantity for line in lines)
        assert return_.refunded_quantity == sum(line.refunded_quantity for line in lines)
        assert [changes[0][0], changes[-1][1]] == ["", return_.status]
        assert [move[1] for move in changes[:-1]] == [move[0] for move in changes[1:]]
        times = [event.at for event in return_.events.all()]
        assert times == sorted(times)
    paid = Refund.objects.filter(status=RefundStatus.SUCCEEDED)
    refunded = paid.aggregate(sum=Sum("amount"), over=Sum("over_amount"))
    on_payments = Payment.objects.aggregate(sum=Sum("refunded_amount"))["sum"]
    assert refunded["sum"] - refunded["over"] == on_payments
    with_return = paid.exclude(for_return=None).aggregate(sum=Sum("amount"))["sum"]
    assert with_return == Return.objects.aggregate(sum=Sum("refunded_amount"))["sum"]
    assert with_return > Decimal(1000)
    assert refunded["over"] == 10
    assert OrderLine.objects.filter(refunded_quantity=1, order__fulfillments=None).exists()
    assert paid.filter(order__customer__email=people.BUYER_EMAIL, for_return=None).exists()
    assert not Payment.objects.filter(
        Q(refunded_amount__gt=F("amount")) | Q(refunded_amount__lt=0)
    ).exists()


def test_demo_logins_open_what_they_should(said: str) -> None:
    guest = Order.objects.get(guest_email=people.GUEST_EMAIL)
    assert people.PASSWORD in said
    assert f"order {guest.reference} and {people.GUEST_EMAIL}" in said
    assert any(item.returnable for item in eligibility.for_order(guest))
    for role in Role:
        user = User.objects.get(roles=[role])
        assert user.email in said
        assert authenticate(None, username=user.email, password=people.PASSWORD) == user
    buyer = User.objects.get(email=people.BUYER_EMAIL)
    assert Order.objects.of_user(buyer.pk, buyer.email).count() >= 5


def test_demo_beside_a_store_loads_nothing(db: None) -> None:
    StoreFactory.create()
    assert load() == "There is a store already; nothing was loaded.\n"
    assert (Store.objects.count(), Order.objects.count(), User.objects.count()) == (1, 0, 0)


def test_demo_has_rules_that_are_on_and_did_something(said: str) -> None:
    rules = AutomationRule.objects.order_by("pk")
    assert [rule.enabled for rule in rules] == [True, True, False, False]
    for rule in rules[:2]:
        assert rule.runs.filter(status="DONE").count() >= 2
    assert not rules[0].runs.exclude(status="DONE").exists()

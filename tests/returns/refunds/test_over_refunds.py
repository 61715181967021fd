"""More than is left on the payments: only with its own permission, and with a reason."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from accounts import actors
from accounts.models import Role
from orders.models import Payment
from returns.errors import MissingNote, NotPermitted, RefundTooLarge
from returns.models import Refund, StoreCreditAccount, StoreCreditEntry
from returns.models.policies import ReturnTerms
from returns.refunds import retries
from returns.refunds.gateways import GATEWAYS
from tests.factories import UserFactory
from tests.returns.cashbox import CLERK, SYSTEM, FakeGateway, bought, opened, pay, pay_order

pytestmark = pytest.mark.django_db

WHY = "The parcel came twice too late; promised by phone."


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    fake = FakeGateway()
    monkeypatch.setitem(GATEWAYS, "fake", fake)
    return fake


def parts(refund: Refund) -> list[tuple[str, str, str]]:
    return [
        (part.payment.external_id if part.payment else "", part.gateway, f"{part.amount:.2f}")
        for part in refund.transactions.all()
    ]


def test_what_is_more_is_paid_by_hand_and_the_payment_is_used_up(gateway: FakeGateway) -> None:
    return_ = opened()

    refund = pay(return_, amount=Decimal("32.50"), over_reason=f" {WHY} ", reference="SEPA 9")

    assert (refund.amount, refund.over_amount) == (Decimal("32.50"), Decimal("12.50"))
    assert (refund.over_reason, refund.adjustment) == (WHY, Decimal("12.50"))
    assert parts(refund) == [("pay_0", "fake", "20.00"), ("", "manual", "12.50")]
    assert refund.transactions.get(payment=None).gateway_reference == "SEPA 9"
    assert Payment.objects.get().refunded_amount == 20
    return_.refresh_from_db()
    assert return_.refunded_amount == Decimal("32.50")
    told = return_.events.latest("pk").data
    assert (told["over"], told["over_reason"]) == ("12.5000", WHY)
    assert refund.credit_notes.get().amount == Decimal("32.50")
    assert list(gateway.paid.values()) == [Decimal("20.00")]


def test_order_on_which_nothing_is_left_can_be_over_refunded(gateway: FakeGateway) -> None:
    order = bought()
    pay_order(order, quantities={order.lines.get().pk: 2})
    refund = pay_order(order, amount=Decimal(5), over_reason=WHY)
    assert (refund.over_amount, parts(refund)) == (Decimal(5), [("", "manual", "5.00")])
    assert order.events.latest("pk").data["over_reason"] == WHY


def test_credit_takes_what_is_more_first_and_brings_no_bonus_for_it(gateway: FakeGateway) -> None:
    order = bought()
    terms = ReturnTerms(offers_credit=True, credit_bonus_percent=Decimal(10))
    order.return_terms = terms.to_json()
    order.save()
    refund = pay_order(order, amount=Decimal(30), to_credit=Decimal(15), over_reason=WHY)
    assert parts(refund) == [
        ("pay_0", "fake", "15.00"),
        ("pay_0", "store_credit", "5.00"),
        ("", "store_credit", "10.00"),
    ]
    assert StoreCreditAccount.objects.get().balance == 15
    assert not StoreCreditEntry.objects.filter(kind="BONUS").exists()


def test_bonus_of_a_return_counts_only_what_was_due_as_money(gateway: FakeGateway) -> None:
    return_ = opened()
    terms = ReturnTerms(offers_credit=True, credit_bonus_percent=Decimal(10))
    return_.order.return_terms = terms.to_json()
    return_.order.save()
    pay(return_, amount=Decimal(30), to_credit=Decimal(30), over_reason=WHY)
    assert StoreCreditEntry.objects.get(kind="BONUS").amount == 2
    assert StoreCreditAccount.objects.get().balance == 32


@pytest.mark.parametrize("reason", ["", "  "])
def test_without_a_reason_nothing_is_paid(reason: str) -> None:
    order = bought(gateway="manual")
    with pytest.raises(MissingNote, match=r"€0\.01 more than is left") as refused:
        pay_order(order, amount=Decimal("20.01"), over_reason=reason)
    assert refused.value.field == ("over_reason",)
    assert Refund.objects.count() == 0


@pytest.mark.parametrize("role", [Role.FINANCE])
def test_without_the_permission_a_reason_does_not_help(role: Role) -> None:
    order = bought(gateway="manual")
    actor = actors.staff(UserFactory(roles=[role]))
    with pytest.raises(RefundTooLarge, match=r"Only €20\.00 are left") as refused:
        pay_order(order, amount=Decimal("20.01"), over_reason=WHY, actor=actor)
    assert refused.value.field == ("amount",)
    with pytest.raises(RefundTooLarge):
        pay(opened(gateway="manual"), amount=Decimal("20.01"), over_reason=WHY, actor=actor)
    assert Refund.objects.count() == 0


def test_manager_may(gateway: FakeGateway) -> None:
    manager = actors.staff(UserFactory(roles=[Role.MANAGER]))
    refund = pay_order(bought(), amount=Decimal("20.01"), over_reason=WHY, actor=manager)
    assert (refund.status, refund.over_amount) == ("SUCCEEDED", Decimal("0.01"))


def test_reason_without_need_is_not_kept(gateway: FakeGateway) -> None:
    refund = pay_order(bought(), amount=Decimal(20), over_reason=WHY)
    assert (refund.over_amount, refund.over_reason) == (Decimal(0), "")


def test_split_by_hand_is_of_what_is_left(gateway: FakeGateway) -> None:
    order = bought("12.00", "8.00")
    first, second = Payment.objects.order_by("captured_at")
    refund = pay_order(
        order,
        amount=Decimal(25),
        parts={first.pk: Decimal(12), second.pk: Decimal(8)},
        over_reason=WHY,
    )
    assert parts(refund) == [
        ("pay_0", "fake", "12.00"),
        ("pay_1", "fake", "8.00"),
        ("", "manual", "5.00"),
    ]


def test_failed_payment_is_tried_again_without_what_was_paid_by_hand(
    gateway: FakeGateway,
) -> None:
    order = bought()
    gateway.next = [gateway.refuse]
    refund = pay_order(order, amount=Decimal(25), over_reason=WHY)
    assert (refund.status, refund.credit_notes.get().amount) == ("FAILED", Decimal(5))
    assert Payment.objects.get().refunded_amount == 0
    again = retries.retry(refund, actor=CLERK)
    assert (again.status, Payment.objects.get().refunded_amount) == ("SUCCEEDED", Decimal(20))
    assert [note.amount for note in again.credit_notes.all()] == [5, 20]


def test_what_was_more_is_tried_again_only_by_who_may(gateway: FakeGateway) -> None:
    refund = pay_order(bought(), amount=Decimal(25), over_reason=WHY)
    refund.transactions.filter(payment=None).update(status="FAILED")
    Refund.objects.update(status="FAILED")
    with pytest.raises(NotPermitted):
        retries.retry(refund, actor=CLERK)
    assert retries.retry(refund, actor=SYSTEM).status == "SUCCEEDED"


def test_database_refuses_an_over_refund_without_reason_or_out_of_range() -> None:
    pay_order(bought(gateway="manual"), amount=Decimal(20))
    with pytest.raises(IntegrityError, match="over_amount_has_reason"), transaction.atomic():
        Refund.objects.update(over_amount=1)
    for wrong in (Decimal(-1), Decimal(21)):
        with pytest.raises(IntegrityError, match="over_amount_in_range"), transaction.atomic():
            Refund.objects.update(over_amount=wrong, over_reason="x")


def test_database_refuses_more_on_a_payment_and_gateways_without_one(
    gateway: FakeGateway,
) -> None:
    refund = pay_order(bought(), amount=Decimal(25), over_reason=WHY)
    with pytest.raises(IntegrityError, match="at_most_captured"), transaction.atomic():
        Payment.objects.update(refunded_amount=F("amount") + 1)
    with pytest.raises(IntegrityError, match="needs_no_payment"), transaction.atomic():
        refund.transactions.filter(gateway="fake").update(payment=None)

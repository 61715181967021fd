"""Fees: agreed when a return is asked for, free for some reasons, and let go of by staff."""

from decimal import Decimal
from uuid import uuid4

import pytest

from accounts import actors
from accounts.models import Role
from orders.models import FulfillmentLine, Order
from returns import emails, lifecycle, slips, statements
from returns.errors import (
    FeeTaken,
    InvalidState,
    MissingReason,
    NotPermitted,
    ReturnError,
    TooLong,
    UnknownFee,
)
from returns.lifecycle import LineRequest
from returns.locales import Reader
from returns.models import FeeKind, Return, ReturnFee, ReturnReason
from returns.models.policies import ReturnTerms
from returns.refunds import fees, payouts, proposals
from tests.factories import sent_order
from tests.returns.stories import BUYER, event_types, staff

pytestmark = pytest.mark.django_db

SYSTEM = actors.system()
TERMS = ReturnTerms(
    restocking_fee_percent=Decimal(10), return_shipping_fee=Decimal("3.50")
).to_json()


def order_of(*quantities: int) -> Order:
    order = sent_order(*quantities, return_terms=TERMS)
    order.lines.update(unit_price=Decimal(20))
    order.payments.update(amount=Decimal(1000))
    return order


def back(order: Order, *reasons: str) -> Return:
    """Return all pieces of each line, the lines for these reasons."""
    parcels = FulfillmentLine.objects.filter(fulfillment__order=order).order_by("pk")
    wishes = [
        LineRequest(
            fulfillment_line_id=parcel.pk,
            quantity=parcel.quantity,
            reason=reason,
            customer_note="Broken.",
        )
        for parcel, reason in zip(parcels, reasons, strict=True)
    ]
    return lifecycle.create(order, wishes, actor=SYSTEM)


def kept(return_: Return) -> tuple[Decimal, Decimal]:
    proposal = proposals.propose(return_)
    return proposal.restocking_fee, proposal.return_shipping_fee


def fee_of(return_: Return, kind: FeeKind = FeeKind.RETURN_SHIPPING) -> ReturnFee:
    return return_.fees.get(kind=kind)


def test_reasons_that_are_the_shops_fault_are_free_from_the_start() -> None:
    free = ReturnReason.objects.filter(free_of_fees=True)

    assert set(free.values_list("handle", flat=True)) == {
        "damaged-or-defective",
        "received-the-wrong-item",
        "item-not-as-described",
    }


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        (("too-small", "too-big"), ("4.00", "3.50")),
        (("too-small", "damaged-or-defective"), ("2.00", "0")),
        (("received-the-wrong-item", "damaged-or-defective"), ("0", "0")),
    ],
)
def test_reasons_free_of_fees(reasons: tuple[str, str], expected: tuple[str, str]) -> None:
    order = order_of(1, 1)
    parcels = list(FulfillmentLine.objects.select_related("order_line").order_by("pk"))
    free = set(ReturnReason.objects.filter(free_of_fees=True).values_list("handle", flat=True))
    estimated = proposals.estimate(
        order,
        [(parcel, 1) for parcel in parcels],
        free=[parcel.pk for parcel, reason in zip(parcels, reasons, strict=True) if reason in free],
    )
    return_ = back(order, *reasons)

    assert kept(return_) == tuple(map(Decimal, expected))
    assert estimated.amount == proposals.propose(return_).amount


@pytest.mark.parametrize("kind", list(FeeKind))
def test_waived_fee_is_not_kept_and_stays_on_the_return(kind: FeeKind) -> None:
    return_ = back(order_of(1), "too-small")
    sam = staff(Role.SUPPORT)
    before = kept(return_)

    lifecycle.waive_fee(return_, actor=sam, fee_id=fee_of(return_, kind).pk, reason=" Regular ")

    fee = fee_of(return_, kind)
    assert before == (Decimal("2.00"), Decimal("3.50"))
    assert kept(return_) == (
        (Decimal(0), Decimal("3.50")) if kind == FeeKind.RESTOCKING else (Decimal("2.00"), 0)
    )
    assert (fee.is_waived, fee.waived_by_id, fee.waive_reason) == (True, sam.user_id, "Regular")
    event = return_.events.get(type="fee.waived")
    told = {"percent": "10.00", "line": fee.line_id} if fee.line_id else {"amount": "3.5000"}
    assert (event.note, event.actor_user_id) == ("Regular", sam.user_id)
    assert event.data == {"fee": fee.pk, "kind": kind, **told}


def test_waiving_again_changes_nothing() -> None:
    return_ = back(order_of(1), "too-small")
    fee = fee_of(return_)
    lifecycle.waive_fee(return_, actor=SYSTEM, fee_id=fee.pk, reason="Regular")

    lifecycle.waive_fee(return_, actor=SYSTEM, fee_id=fee.pk, reason="Another")

    assert fee_of(return_).waive_reason == "Regular"
    assert event_types(return_).count("fee.waived") == 1


@pytest.mark.parametrize("kind", list(FeeKind))
def test_fee_that_a_refund_kept_cannot_be_waived(kind: FeeKind) -> None:
    return_ = back(order_of(2), "too-small")
    line = return_.lines.get()
    payouts.refund(return_, actor=SYSTEM, key=uuid4(), quantities={line.pk: 1})

    with pytest.raises(FeeTaken):
        lifecycle.waive_fee(
            return_, actor=SYSTEM, fee_id=fee_of(return_, kind).pk, reason="Regular"
        )

    assert not fee_of(return_, kind).is_waived
    assert "fee.waived" not in event_types(return_)


@pytest.mark.parametrize(
    ("role", "reason", "error"),
    [
        (Role.WAREHOUSE, "Regular", NotPermitted),
        (Role.FINANCE, "  ", MissingReason),
        (Role.MANAGER, "x" * 501, TooLong),
    ],
)
def test_waiving_that_is_refused(role: Role, reason: str, error: type[ReturnError]) -> None:
    return_ = back(order_of(1), "too-small")

    with pytest.raises(error):
        lifecycle.waive_fee(return_, actor=staff(role), fee_id=fee_of(return_).pk, reason=reason)


def test_fee_of_another_return_is_unknown() -> None:
    return_, other = back(order_of(1), "too-small"), back(order_of(1), "too-small")

    with pytest.raises(UnknownFee):
        lifecycle.waive_fee(return_, actor=SYSTEM, fee_id=fee_of(other).pk, reason="Regular")


def test_buyer_cannot_waive() -> None:
    return_ = back(order_of(1), "too-small")

    with pytest.raises(NotPermitted):
        lifecycle.waive_fee(return_, actor=BUYER, fee_id=fee_of(return_).pk, reason="Please")


def test_fee_of_a_return_that_ended_cannot_be_waived() -> None:
    return_ = lifecycle.cancel(back(order_of(1), "too-small"), actor=SYSTEM)

    with pytest.raises(InvalidState):
        lifecycle.waive_fee(return_, actor=SYSTEM, fee_id=fee_of(return_).pk, reason="Regular")


def test_waived_fee_is_told_to_the_buyer() -> None:
    return_ = back(order_of(1), "too-small")
    lifecycle.waive_fee(return_, actor=SYSTEM, fee_id=fee_of(return_).pk, reason="Regular")
    reader = Reader.of("en")
    lines = list(return_.lines.select_related("fulfillment_line__order_line"))
    before = [(row.label, row.value) for row in statements.of_return(return_, lines, reader)]

    refund = payouts.refund(return_, actor=SYSTEM, key=uuid4())

    assert fees.waived_labels(return_) == ["Return shipping"]
    assert ("Return shipping (waived)", "€0.00") in before
    mail = emails.refunded(return_, refund)
    assert mail is not None
    assert "Return shipping (waived)" in str(mail.body)
    assert slips.render([return_]).startswith(b"%PDF")

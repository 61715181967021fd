"""Goods that find another end: kept by the buyer, sent back to the buyer, never expected."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Role
from orders.models import StockLevel
from returns import lifecycle
from returns.errors import (
    InvalidDisposition,
    InvalidLink,
    InvalidQuantity,
    InvalidState,
    MissingNote,
    NothingChosen,
    NotPermitted,
    ReturnError,
    TooLong,
    UnknownLine,
)
from returns.lifecycle import DisposeRequest, Receipt, UnexpectedPieces
from returns.models import (
    BuyerParcel,
    Disposition,
    EventType,
    Return,
    ReturnLine,
    ReturnStatus,
)
from returns.models.policies import ReturnTerms
from returns.policies.terms import of_order
from returns.refunds import payouts, proposals
from tests.factories import VariantFactory, sent_order
from tests.returns.stories import (
    BUYER,
    SYSTEM,
    closed,
    event_types,
    opened,
    received,
    requested,
    staff,
    wish,
)

pytestmark = pytest.mark.django_db


def line_of(return_: Return) -> ReturnLine:
    return return_.lines.get()


def keeps_below(limit: str, pieces: int = 2, **terms: Any) -> Return:
    """Ask for pieces at 49.90 each of an order whose terms let buyers keep what is cheaper."""
    kept = ReturnTerms(keep_item_below=Decimal(limit), **terms)
    order = sent_order(3, return_terms=kept.to_json())
    return lifecycle.request(order, [wish(order, pieces)], actor=BUYER)


# --- kept by the buyer --------------------------------------------------------------------------


def test_kept_pieces_are_done_with_and_paid_back_at_once() -> None:
    return_ = opened(quantity=2)

    kept = lifecycle.let_keep(return_, actor=SYSTEM, note="Too cheap to send.")

    line = line_of(kept)
    assert (kept.status, kept.processed_quantity, kept.disposed_quantity) == ("CLOSED", 2, 2)
    assert (line.kept_quantity, line.processed_quantity) == (2, 2)
    fate = Disposition.objects.get()
    assert (fate.type, fate.quantity, fate.kept, fate.location) == ("NOT_RESTOCKED", 2, True, None)
    assert StockLevel.objects.count() == 0
    assert proposals.default_quantities([line]) == {line.pk: 2}
    event = kept.events.latest("pk")
    assert (event.type, event.data["items"]) == (
        EventType.GOODS_KEPT,
        [{"title": "Linen shirt", "quantity": 2}],
    )
    assert Return.objects.waiting_for_refund().get() == kept


def test_some_pieces_are_kept_and_the_others_still_expected() -> None:
    return_ = opened(quantity=2)

    kept = lifecycle.let_keep(return_, actor=SYSTEM, quantities={line_of(return_).pk: 1})

    assert (kept.status, kept.unprocessed_quantity) == (ReturnStatus.OPEN, 1)
    assert received_rest(kept).status == ReturnStatus.CLOSED


def received_rest(return_: Return) -> Return:
    line = line_of(return_)
    left = line.unprocessed_quantity
    fate = DisposeRequest(type="RESTOCKED", quantity=left)
    receipt = Receipt(line_id=line.pk, quantity=left, dispositions=(fate,))
    return lifecycle.process(return_, actor=SYSTEM, receipts=[receipt])


@pytest.mark.parametrize(
    ("quantities", "error"),
    [({0: 1}, UnknownLine), ({None: 3}, InvalidQuantity), ({None: 0}, NothingChosen)],
)
def test_keeping_what_is_not_there_is_refused(
    quantities: dict[int | None, int], error: type[ReturnError]
) -> None:
    return_ = opened(quantity=2)
    line = line_of(return_)
    asked = {line.pk if key is None else key: count for key, count in quantities.items()}

    with pytest.raises(error):
        lifecycle.let_keep(return_, actor=SYSTEM, quantities=asked)

    assert Disposition.objects.count() == 0


def test_letting_keep_is_for_support_and_open_returns() -> None:
    with pytest.raises(NotPermitted):
        lifecycle.let_keep(opened(), actor=staff(Role.WAREHOUSE))
    with pytest.raises(InvalidState):
        lifecycle.let_keep(requested(), actor=SYSTEM)
    with pytest.raises(InvalidState):
        lifecycle.let_keep(closed(), actor=SYSTEM)


def test_cheap_goods_are_kept_at_once_when_the_terms_say_so() -> None:
    return_ = keeps_below("100")

    assert return_.status == ReturnStatus.CLOSED
    assert event_types(return_) == [EventType.RETURN_CREATED, EventType.GOODS_KEPT]
    moves = return_.events.order_by("pk").values_list("from_status", "to_status", "actor_kind")
    assert list(moves) == [("", "OPEN", "BUYER"), ("OPEN", "CLOSED", "SYSTEM")]
    assert line_of(return_).kept_quantity == 2


@pytest.mark.parametrize("limit", ["99.80", "0"])
def test_goods_that_are_worth_the_limit_or_more_come_back(limit: str) -> None:
    return_ = keeps_below(limit)

    assert return_.status == ReturnStatus.REQUESTED
    assert line_of(return_).kept_quantity == 0


def test_goods_are_kept_once_per_order() -> None:
    first = keeps_below("60", pieces=1)

    second = lifecycle.request(first.order, [wish(first.order, 1)], actor=BUYER)

    assert (first.status, second.status) == (ReturnStatus.CLOSED, ReturnStatus.REQUESTED)


def test_staff_returns_are_not_kept_by_themselves() -> None:
    order = sent_order(1, return_terms=ReturnTerms(keep_item_below=Decimal(100)).to_json())

    made = lifecycle.create(order, [wish(order)], actor=SYSTEM)

    assert made.status == ReturnStatus.OPEN


def test_kept_goods_bring_no_fees_and_the_estimate_says_the_same() -> None:
    fees: dict[str, Any] = {
        "restocking_fee_percent": Decimal(10),
        "return_shipping_fee": Decimal("4.90"),
    }
    kept, sent = keeps_below("100", **fees), keeps_below("99", **fees)

    assert proposals.propose(kept).amount == Decimal("99.80")
    assert proposals.propose(sent).amount == Decimal("84.92")
    order = sent_order(3, return_terms=kept.order.return_terms)
    parcel = order.lines.get().fulfillment_lines.select_related("order_line").get()
    estimate = proposals.estimate(order, [(parcel, 2)])
    assert (estimate.amount, proposals.keeps_goods(order, estimate, of_order(order))) == (
        Decimal("99.80"),
        True,
    )


# --- back to the buyer --------------------------------------------------------------------------


def send_back(return_: Return, count: int = 1, **more: Any) -> BuyerParcel:
    values: dict[str, Any] = {"message": "The shirt was worn.", **more}
    pieces = {line_of(return_).pk: count}
    return lifecycle.ship_back(return_, actor=SYSTEM, quantities=pieces, **values)


@pytest.mark.parametrize("fate", ["PROCESSING_REQUIRED", "NOT_RESTOCKED"])
def test_refused_pieces_go_back_and_are_never_paid_back(fate: str) -> None:
    return_ = received(opened(quantity=2), fate)

    parcel = send_back(
        return_, 2, carrier="DHL", tracking_number="JJD1", tracking_url="https://dhl.example/JJD1"
    )

    line, now = line_of(return_), Return.objects.get(pk=return_.pk)
    assert (now.status, now.disposed_quantity) == (ReturnStatus.CLOSED, 2)
    assert [(row.return_line_id, row.quantity) for row in parcel.lines.all()] == [(line.pk, 2)]
    assert (line.shipped_back_quantity, line.refundable_quantity) == (2, 0)
    assert (
        sum(Disposition.objects.filter(type="NOT_RESTOCKED").values_list("quantity", flat=True))
        == 2
    )
    assert proposals.default_quantities([line]) == {}
    assert not Return.objects.waiting_for_refund().exists()
    event = now.events.latest("pk")
    assert (event.type, event.note) == (EventType.SHIPPED_BACK, "The shirt was worn.")
    with pytest.raises(InvalidQuantity):
        payouts.refund(now, actor=SYSTEM, key=uuid4(), quantities={line.pk: 1})


def test_one_of_two_goes_back_and_the_return_waits_for_the_other() -> None:
    return_ = received(opened(quantity=2), "PROCESSING_REQUIRED")

    send_back(return_, 1)

    now = Return.objects.get(pk=return_.pk)
    assert (now.status, now.disposed_quantity) == (ReturnStatus.OPEN, 1)
    assert proposals.default_quantities([line_of(now)]) == {line_of(now).pk: 1}
    finish = DisposeRequest(type="RESTOCKED", quantity=1)
    receipt = Receipt(line_id=line_of(now).pk, quantity=0, dispositions=(finish,))
    done = lifecycle.process(now, actor=SYSTEM, receipts=[receipt])
    assert done.status == ReturnStatus.CLOSED


@pytest.mark.parametrize("fate", ["RESTOCKED", "MISSING"])
def test_what_is_in_stock_or_missing_cannot_go_back(fate: str) -> None:
    return_ = received(opened(quantity=1), fate)

    with pytest.raises(InvalidQuantity):
        send_back(return_)


def test_what_was_paid_back_cannot_go_back() -> None:
    return_ = received(opened(quantity=2), "NOT_RESTOCKED")
    line = line_of(return_)
    payouts.refund(return_, actor=SYSTEM, key=uuid4(), quantities={line.pk: 1})

    with pytest.raises(InvalidQuantity):
        send_back(return_, 2)
    send_back(return_, 1)

    with pytest.raises(InvalidQuantity):
        send_back(return_, 1)


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"message": "  "}, MissingNote, "message"),
        ({"message": "x" * 501}, TooLong, "message"),
        ({"carrier": "x" * 101}, TooLong, "carrier"),
        ({"tracking_number": "x" * 101}, TooLong, "tracking_number"),
        ({"tracking_url": "javascript:alert(1)"}, InvalidLink, "tracking_url"),
        ({"tracking_url": "ftp://x.example/"}, InvalidLink, "tracking_url"),
    ],
)
def test_a_parcel_that_tells_nonsense_is_refused(
    changes: dict[str, Any], error: type[ReturnError], field: str
) -> None:
    return_ = received(opened(quantity=1), "NOT_RESTOCKED")

    with pytest.raises(error) as refused:
        send_back(return_, **changes)

    assert refused.value.field == (field,)
    assert BuyerParcel.objects.count() == 0


def test_the_database_refuses_to_pay_for_what_went_back() -> None:
    return_ = received(opened(quantity=1), "NOT_RESTOCKED")
    send_back(return_)

    with pytest.raises(IntegrityError), transaction.atomic():
        ReturnLine.objects.update(refunded_quantity=1)


# --- never expected -----------------------------------------------------------------------------


def found(**changes: Any) -> UnexpectedPieces:
    values: dict[str, Any] = {"title": "A red sock", "quantity": 1, **changes}
    return UnexpectedPieces(**values)


def test_unexpected_pieces_are_written_down_and_change_no_stock() -> None:
    return_ = opened(quantity=1)
    variant = VariantFactory()

    still = lifecycle.process(
        return_,
        actor=SYSTEM,
        receipts=[],
        extra=[found(variant_id=variant.pk, sku=variant.sku, grade="opened", note="In the box.")],
    )

    item = still.unexpected_items.get()
    assert (still.status, still.processed_quantity) == (ReturnStatus.OPEN, 0)
    assert (item.title, item.sku, item.quantity, item.note) == (
        "A red sock",
        variant.sku,
        1,
        "In the box.",
    )
    assert item.grade is not None
    assert item.grade.handle == "opened"
    assert StockLevel.objects.count() == 0
    told = still.events.latest("pk").data
    assert told == {
        "receipts": [],
        "unexpected": [{"title": "A red sock", "sku": variant.sku, "quantity": 1}],
    }


def test_an_unexpected_article_is_put_in_stock_once() -> None:
    return_ = opened(quantity=1)
    variant = VariantFactory()
    lifecycle.process(
        return_, actor=SYSTEM, receipts=[], extra=[found(variant_id=variant.pk, quantity=2)]
    )
    item = return_.unexpected_items.get()

    def decide(type_: str = "RESTOCKED", item_id: int = item.pk) -> None:
        lifecycle.decide_unexpected(return_, actor=SYSTEM, item_id=item_id, type=type_)

    with pytest.raises(InvalidDisposition):
        decide("MISSING")
    with pytest.raises(UnknownLine):
        decide(item_id=0)
    decide()
    with pytest.raises(InvalidState):
        decide()
    assert StockLevel.objects.get(variant=variant).available == 2
    assert return_.events.latest("pk").internal


def test_what_the_shop_does_not_sell_cannot_be_put_in_stock() -> None:
    return_ = opened(quantity=1)
    lifecycle.process(return_, actor=SYSTEM, receipts=[], extra=[found()])
    item = return_.unexpected_items.get()

    with pytest.raises(InvalidDisposition):
        lifecycle.decide_unexpected(return_, actor=SYSTEM, item_id=item.pk, type="RESTOCKED")
    with pytest.raises(NotPermitted):
        lifecycle.decide_unexpected(
            return_, actor=staff(Role.SUPPORT), item_id=item.pk, type="NOT_RESTOCKED"
        )


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"title": " "}, MissingNote),
        ({"title": "x" * 256}, TooLong),
        ({"sku": "x" * 101}, TooLong),
        ({"note": "x" * 501}, TooLong),
        ({"quantity": 0}, InvalidQuantity),
        ({"quantity": 10_001}, InvalidQuantity),
        ({"variant_id": 0}, UnknownLine),
        ({"grade": "splendid"}, InvalidDisposition),
    ],
)
def test_unexpected_nonsense_is_refused(changes: dict[str, Any], error: type[ReturnError]) -> None:
    return_ = opened(quantity=1)

    with pytest.raises(error) as refused:
        lifecycle.process(return_, actor=SYSTEM, receipts=[], extra=[found(**changes)])

    assert refused.value.field[:2] == ("unexpected", "0")
    assert return_.unexpected_items.count() == 0


# --- grades -------------------------------------------------------------------------------------


def test_pieces_are_graded() -> None:
    return_ = opened(quantity=1)
    fate = DisposeRequest(type="NOT_RESTOCKED", quantity=1, grade="damaged", note=" Cracked. ")
    receipt = Receipt(line_id=line_of(return_).pk, quantity=1, dispositions=(fate,))

    done = lifecycle.process(return_, actor=SYSTEM, receipts=[receipt])

    made = Disposition.objects.select_related("grade").get()
    assert made.grade is not None
    assert (made.grade.handle, made.note) == ("damaged", "Cracked.")
    (told,) = done.events.latest("pk").data["receipts"]
    assert told["dispositions"] == [
        {"type": "NOT_RESTOCKED", "quantity": 1, "grade": "damaged", "note": "Cracked."}
    ]


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [({"grade": "splendid"}, InvalidDisposition, "grade"), ({"note": "x" * 501}, TooLong, "note")],
)
def test_graded_nonsense_is_refused(
    changes: dict[str, Any], error: type[ReturnError], field: str
) -> None:
    return_ = opened(quantity=1)
    fate = DisposeRequest(type="NOT_RESTOCKED", quantity=1, **changes)
    receipt = Receipt(line_id=line_of(return_).pk, quantity=1, dispositions=(fate,))

    with pytest.raises(error) as refused:
        lifecycle.process(return_, actor=SYSTEM, receipts=[receipt])

    assert refused.value.field == ("receipts", "0", "dispositions", "0", field)

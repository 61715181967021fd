"""What buyers may have for what goes back, and what becomes of it: policy, reason, fees, repair."""

from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Role
from orders.models import FulfillmentLine, Order, OrderLine
from returns import deadlines, evidence, lifecycle, payouts, refunds
from returns.errors import (
    CreditNotOffered,
    InvalidDisposition,
    InvalidLink,
    InvalidQuantity,
    InvalidState,
    MissingPhoto,
    NotExchangeable,
    NotForReason,
    NothingChosen,
    NotOffered,
    NotPermitted,
    OutOfStock,
    ReturnError,
    TooLong,
    UnknownLine,
)
from returns.lifecycle import DisposeRequest, ExchangeRequest, Receipt
from returns.models import (
    BuyerParcel,
    EventType,
    RefundTo,
    Resolution,
    Return,
    ReturnLine,
    ReturnReason,
    ReturnStatus,
)
from returns.models.policies import ReturnTerms
from returns.rules.schema import Rule
from returns.terms import Wish
from tests.factories import LocationFactory, StockLevelFactory, sent_bundle, sent_order
from tests.returns.exchanging import bought, only, receive, send, shirt
from tests.returns.rules.examples import rule
from tests.returns.stories import BUYER, SYSTEM, event_types, received, staff, wish
from tests.returns.test_photos import picture

pytestmark = pytest.mark.django_db

ALL: dict[str, Any] = {
    "offers_credit": True,
    "exchanges": "ANY_PRODUCT",
    "offers_replacement": True,
    "offers_repair": True,
}


def order_of(*rules: Rule, pieces: int = 2, **terms: Any) -> Order:
    """Return an order of shirts at 20.00 that keeps these terms, and what rules decided."""
    order = bought(pieces, terms=terms)
    order.lines.update(unit_price=Decimal(20))
    order.payments.update(amount=Decimal(1000))
    for line in order.lines.all():
        decided = [
            {
                "reasons": [*each.conditions.get("reasons", ())],
                "resolutions": [*each.conditions.get("resolutions", ())],
                "rule": each.name,
                "settings": each.to_json()["settings"],
            }
            for each in rules
        ]
        kept = [{name: value for name, value in each.items() if value} for each in decided]
        line.return_terms = {"version": 1, "settings": {}, "rules": {}, "by_reason": kept}
        line.save()
    return order


def ask(
    order: Order,
    *,
    swap: int | None = None,
    quantity: int = 1,
    refund_to: str = RefundTo.ORIGINAL,
    **said: Any,
) -> Return:
    """Ask as a buyer. swap: a variant that is wanted instead."""
    exchanges = [ExchangeRequest(variant_id=swap, quantity=quantity, replaces=0)] if swap else []
    wishes = [wish(order, quantity, **said)]
    return lifecycle.request(order, wishes, actor=BUYER, exchanges=exchanges, refund_to=refund_to)


def variant_of(order: Order, *, stock: int = 5) -> int:
    """Return the variant that was bought, with so many in stock."""
    line = order.lines.select_related("variant").get()
    assert line.variant is not None
    if stock:
        StockLevelFactory(variant=line.variant, location=LocationFactory(), available=stock)
    return line.variant.pk


def line_of(return_: Return) -> ReturnLine:
    return return_.lines.select_related("reason", "fulfillment_line__order_line").get()


def repair(pieces: int = 1, **terms: Any) -> Return:
    """Return an open return of pieces to be repaired, and so many that were bought."""
    order = order_of(pieces=pieces, **{"offers_repair": True, **terms})
    return lifecycle.approve(ask(order, repair=True, quantity=pieces), actor=SYSTEM)


# --- what is offered ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "offered"),
    [
        ({}, ["MONEY", "EXCHANGE"]),
        ({"exchanges": "NONE"}, ["MONEY"]),
        ({"offers_money": False, "exchanges": "NONE"}, []),
        (ALL, list(Resolution.values)),
    ],
)
def test_terms_say_what_may_be_had(terms: dict[str, Any], offered: list[str]) -> None:
    assert ReturnTerms(**terms).resolutions == offered


@pytest.mark.parametrize(
    ("chosen", "offered"),
    [
        ([], list(Resolution.values)),
        (["EXCHANGE"], ["EXCHANGE"]),
        (["ANY_PRODUCT"], ["EXCHANGE", "ANY_PRODUCT"]),
        (["REPAIR", "REPLACEMENT"], ["REPLACEMENT", "REPAIR"]),
    ],
)
def test_reason_narrows_what_may_be_had(chosen: list[str], offered: list[str]) -> None:
    reason = ReturnReason(resolutions=chosen)

    assert [each for each in Resolution if reason.offers(each)] == offered


@pytest.mark.parametrize("terms", [{}, ALL])
def test_wish_is_kept_on_the_line(terms: dict[str, Any]) -> None:
    order = order_of(pieces=5, **ALL)
    same, other, elsewhere = variant_of(order), shirt(order).pk, StockLevelFactory().variant_id

    found = [
        line_of(ask(order)).resolution,
        line_of(ask(order, refund_to=RefundTo.STORE_CREDIT)).resolution,
        line_of(ask(order, swap=same)).resolution,
        line_of(ask(order, swap=other)).resolution,
        line_of(ask(order, swap=elsewhere)).resolution,
    ]

    assert found == ["MONEY", "CREDIT", "REPLACEMENT", "EXCHANGE", "ANY_PRODUCT"]


def test_what_the_policy_does_not_offer_is_refused_with_what_can_be_had() -> None:
    only_repair = order_of(offers_money=False, offers_repair=True, exchanges="NONE")
    with pytest.raises(NotOffered) as caught:
        ask(only_repair)
    assert (caught.value.message, caught.value.field) == (
        "Not offered for this item: money back. You can have: repair.",
        ("lines", "0", "resolution"),
    )
    with pytest.raises(NotOffered, match="item: repair"):
        ask(order_of(), repair=True)
    with pytest.raises(NotOffered, match="Please contact us"):
        ask(order_of(offers_money=False, exchanges="NONE"))
    with pytest.raises(CreditNotOffered):
        ask(order_of(), refund_to=RefundTo.STORE_CREDIT)
    assert not Return.objects.exists()


def test_repair_and_replacement_at_once_are_refused() -> None:
    order = order_of(**ALL)
    with pytest.raises(NotOffered, match="Choose one thing"):
        ask(order, swap=variant_of(order), repair=True)


def test_the_same_article_again_is_a_replacement_and_no_exchange() -> None:
    with pytest.raises(NotExchangeable, match="The same article again is not offered"):
        order = order_of()
        ask(order, swap=variant_of(order))
    with pytest.raises(NotExchangeable, match="Exchanges are not offered"):
        order = order_of(exchanges="NONE")
        ask(order, swap=variant_of(order))
    order = order_of(exchanges="NONE", offers_replacement=True)
    with pytest.raises(NotExchangeable, match="Exchanges are not offered"):
        ask(order, swap=shirt(order).pk)
    assert line_of(ask(order, swap=variant_of(order))).resolution == "REPLACEMENT"


def test_bundles_are_repaired_and_not_replaced() -> None:
    order = sent_order(1, return_terms=ReturnTerms(**ALL).to_json())
    bundle, _parts = sent_bundle(order, quantity=1, per_bundle=[1])
    parcel = FulfillmentLine.objects.get(order_line=bundle)
    swap = ExchangeRequest(variant_id=StockLevelFactory().variant_id, quantity=1, replaces=0)
    asked = lifecycle.LineRequest(fulfillment_line_id=parcel.pk, quantity=1, reason="style")
    with pytest.raises(NotExchangeable):
        lifecycle.request(order, [asked], actor=BUYER, exchanges=[swap])
    mended = lifecycle.LineRequest(
        fulfillment_line_id=parcel.pk, quantity=1, reason="style", repair=True
    )
    assert line_of(lifecycle.request(order, [mended], actor=BUYER)).is_repair


def test_reason_and_policy_both_have_to_offer() -> None:
    ReturnReason.objects.filter(handle="too-small").update(resolutions=["CREDIT", "REPAIR"])
    with pytest.raises(NotForReason) as caught:
        ask(order_of(offers_repair=True))
    assert caught.value.message == (
        "For the reason “Too small” you can have: repair. Choose one of it."
    )
    with pytest.raises(NotForReason, match="Please contact us"):
        ask(order_of())


@pytest.mark.parametrize("verb", ["request", "create"])
def test_staff_may_set_aside_what_is_offered(verb: str) -> None:
    order = order_of()
    said: dict[str, Any] = {"actor": staff(Role.MANAGER)}
    with pytest.raises(NotOffered):
        getattr(lifecycle, verb)(order, [wish(order, repair=True)], **said)

    made = getattr(lifecycle, verb)(order, [wish(order, repair=True)], override_policy=True, **said)

    assert line_of(made).is_repair


def test_what_is_offered_may_depend_on_the_reason() -> None:
    faults = rule(
        "Faults",
        where={"reasons": ["too-small"]},
        offers_money="no",
        offers_repair="yes",
        exchanges="ANY_PRODUCT",
    )
    order = order_of(faults, pieces=4)
    elsewhere = StockLevelFactory().variant_id

    assert line_of(ask(order, repair=True)).is_repair
    assert line_of(ask(order, swap=elsewhere)).resolution == "ANY_PRODUCT"
    with pytest.raises(NotOffered):
        ask(order)
    with pytest.raises(NotOffered):
        ask(order, repair=True, reason="style")
    with pytest.raises(NotExchangeable, match="another variant of the same product"):
        ask(order, swap=elsewhere, reason="style")
    assert line_of(ask(order, reason="style")).resolution == "MONEY"


# --- replacement --------------------------------------------------------------------------------


def test_replacement_costs_nothing_and_is_sent_once_the_goods_are_back() -> None:
    order = order_of(offers_replacement=True)
    order.lines.update(discount_total=Decimal("4.99"))
    return_ = lifecycle.approve(ask(order, swap=variant_of(order)), actor=SYSTEM)

    assert only(return_).is_even
    assert refunds.propose(return_).amount == 0
    assert Return.objects.get(pk=return_.pk).exchange_owed == 0
    send(receive(return_))
    now = Return.objects.get(pk=return_.pk)
    assert (now.status, now.refunded_quantity) == (ReturnStatus.CLOSED, 1)
    assert now.refunded_amount == 0


def test_replacement_that_is_sold_out_is_refused() -> None:
    order = order_of(offers_replacement=True)
    with pytest.raises(OutOfStock):
        ask(order, swap=variant_of(order, stock=0))


# --- repair -------------------------------------------------------------------------------------


def test_repair_comes_in_is_mended_and_goes_back() -> None:
    return_ = repair(2)
    assert (refunds.propose(return_).lines, refunds.default_quantities([line_of(return_)])) == (
        (),
        {},
    )

    here = received(return_, "PROCESSING_REQUIRED")

    assert (here.status, line_of(here).repairable_quantity) == (ReturnStatus.OPEN, 2)
    assert not deadlines.is_owed([line_of(here)])
    assert not Return.objects.waiting_for_refund().exists()
    assert not Return.objects.waiting_for_us().exists()
    assert Return.objects.waiting_for_disposal().get() == here

    parcel = lifecycle.ship_repaired(
        here,
        actor=staff(Role.WAREHOUSE),
        quantities={line_of(here).pk: 2},
        carrier="DHL",
        tracking_number="JJD1",
    )

    now, line = Return.objects.get(pk=return_.pk), line_of(return_)
    assert (now.status, now.refunded_quantity, line.shipped_back_quantity) == ("CLOSED", 0, 2)
    assert (parcel.is_repaired, parcel.message, parcel.tracking_number) == (True, "", "JJD1")
    event = now.events.get(type=EventType.REPAIRED)
    assert event.data == {"items": [{"title": "Linen shirt", "quantity": 2}], "parcel": parcel.pk}
    assert event_types(now).count("return.shipped_back") == 0
    with pytest.raises(InvalidQuantity):
        payouts.refund(now, actor=SYSTEM, key=uuid4(), quantities={line.pk: 1})


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"quantities": {}}, NothingChosen),
        ({"pieces": 3}, InvalidQuantity),
        ({"quantities": {0: 1}}, UnknownLine),
        ({"message": "x" * 501}, TooLong),
        ({"tracking_url": "javascript:alert(1)"}, InvalidLink),
        ({"actor": BUYER}, NotPermitted),
    ],
)
def test_repair_that_cannot_go_back_changes_nothing(
    said: dict[str, Any], error: type[ReturnError]
) -> None:
    return_ = received(repair(2), "PROCESSING_REQUIRED")
    pieces = {line_of(return_).pk: said.pop("pieces", 1)}
    with pytest.raises(error):
        lifecycle.ship_repaired(return_, **{"actor": SYSTEM, "quantities": pieces, **said})
    assert not BuyerParcel.objects.exists()
    assert Return.objects.get(pk=return_.pk).status == ReturnStatus.OPEN


def test_only_what_is_here_to_be_repaired_goes_back_as_repaired() -> None:
    expected = repair()
    with pytest.raises(InvalidState):
        lifecycle.ship_repaired(expected, actor=SYSTEM, quantities={line_of(expected).pk: 1})
    refused = received(
        lifecycle.create(order := order_of(), [wish(order)], actor=SYSTEM), "PROCESSING_REQUIRED"
    )
    with pytest.raises(InvalidQuantity):
        lifecycle.ship_repaired(refused, actor=SYSTEM, quantities={line_of(refused).pk: 1})


def test_parcel_without_a_message_is_one_with_repaired_goods() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        BuyerParcel.objects.create(for_return=repair(), message="")


def test_what_is_to_be_repaired_is_not_put_in_stock_before_it_is_paid_back() -> None:
    return_ = repair()
    with pytest.raises(InvalidDisposition, match="Pay it back first"):
        received(return_, "RESTOCKED")
    here = received(return_, "PROCESSING_REQUIRED")
    payouts.refund(here, actor=SYSTEM, key=uuid4(), quantities={line_of(here).pk: 1})

    finish = DisposeRequest(type="RESTOCKED", quantity=1)
    receipt = Receipt(line_id=line_of(here).pk, quantity=0, dispositions=(finish,))
    done = lifecycle.process(here, actor=SYSTEM, receipts=[receipt])

    assert (done.status, line_of(done).restocked_quantity) == (ReturnStatus.CLOSED, 1)


def test_replacement_takes_the_place_of_a_repair_that_fails() -> None:
    return_ = repair(offers_replacement=True)
    variant = variant_of(return_.order)

    lifecycle.add_exchanges(
        return_,
        actor=SYSTEM,
        exchanges=[ExchangeRequest(variant_id=variant, quantity=1, replaces=line_of(return_).pk)],
    )

    now = Return.objects.get(pk=return_.pk)
    assert line_of(now).resolution == "REPLACEMENT"
    assert now.exchange_owed == 0
    with pytest.raises(InvalidQuantity):
        lifecycle.ship_repaired(
            received(now, "PROCESSING_REQUIRED"), actor=SYSTEM, quantities={line_of(now).pk: 1}
        )


def test_repair_is_never_kept_by_the_buyer_at_once() -> None:
    order = order_of(offers_repair=True, keep_item_below=Decimal(100))

    assert ask(order, repair=True).status == ReturnStatus.REQUESTED
    parcel = FulfillmentLine.objects.select_related("order_line").get(fulfillment__order=order)
    said = {parcel.pk: Wish(resolution="REPAIR")}
    assert refunds.estimate(order, [(parcel, 1)], said=said).amount == 0


def test_delivery_cost_stays_while_something_is_repaired() -> None:
    order = order_of(offers_repair=True)
    type(order).objects.update(shipping_amount=Decimal("4.90"))
    order.refresh_from_db()
    ask(order, repair=True)
    parcel = FulfillmentLine.objects.select_related("order_line").get(fulfillment__order=order)

    assert refunds.estimate(order, [(parcel, 1)]).shipping_amount == 0
    other = ask(order)
    assert refunds.propose(other).shipping_amount == 0


# --- fees ---------------------------------------------------------------------------------------

BY_WISH = (
    rule("Credit", where={"resolutions": ["CREDIT"]}, return_shipping_fee="0"),
    rule(
        "Style",
        where={"reasons": ["style"], "resolutions": ["MONEY"]},
        restocking_fee_percent="25",
        return_shipping_fee="5",
    ),
    rule("Swaps", where={"resolutions": ["EXCHANGE"]}, restocking_fee_percent="0"),
)
FEES: dict[str, Any] = {
    "restocking_fee_percent": Decimal(10),
    "return_shipping_fee": Decimal("3.50"),
}


@pytest.mark.parametrize(
    ("reason", "resolution", "restocking", "shipping"),
    [
        ("too-small", "MONEY", "2.00", "3.50"),
        ("too-small", "CREDIT", "2.00", "0.00"),
        ("style", "MONEY", "5.00", "5.00"),
        ("style", "CREDIT", "2.00", "0.00"),
        ("damaged-or-defective", "MONEY", "0.00", "0.00"),
        ("too-small", "EXCHANGE", "0.00", "3.50"),
        ("too-small", "REPLACEMENT", "2.00", "3.50"),
        ("style", "REPAIR", "0.00", "0.00"),
    ],
)
def test_fees_depend_on_reason_and_wish_alike_before_and_after(
    reason: str, resolution: str, restocking: str, shipping: str
) -> None:
    order = order_of(*BY_WISH, **{**ALL, **FEES})
    swaps = {"EXCHANGE": shirt(order).pk, "REPLACEMENT": variant_of(order)}
    parcel = FulfillmentLine.objects.select_related("order_line").get(fulfillment__order=order)
    row = ReturnReason.objects.get(handle=reason)
    estimated = refunds.estimate(
        order,
        [(parcel, 1)],
        free=[parcel.pk] if row.free_of_fees else [],
        said={parcel.pk: Wish(reason=reason, resolution=resolution)},
    )

    made = ask(
        order,
        reason=reason,
        customer_note="Torn.",
        swap=swaps.get(resolution),
        repair=resolution == "REPAIR",
        refund_to=RefundTo.STORE_CREDIT if resolution == "CREDIT" else RefundTo.ORIGINAL,
    )

    assert line_of(made).resolution == resolution
    expected = (Decimal(restocking), Decimal(shipping))
    assert (estimated.restocking_fee, estimated.return_shipping_fee) == expected
    proposed = refunds.propose(made)
    assert (proposed.restocking_fee, proposed.return_shipping_fee) == expected
    fees = {fee.kind: fee.percent or fee.amount for fee in made.fees.all()}
    percent = Decimal(restocking) / 20 * 100
    kept = {"RESTOCKING": percent, "RETURN_SHIPPING": Decimal(shipping)}
    assert fees == {kind: value for kind, value in kept.items() if value}


def test_repair_beside_money_adds_no_fee_of_its_own() -> None:
    dear = rule("Dear", where={"resolutions": ["REPAIR", "MONEY"]}, return_shipping_fee="9")
    order = order_of(dear, pieces=4, offers_repair=True)
    parcel = FulfillmentLine.objects.get(fulfillment__order=order)
    OrderLine.objects.filter(order=order).update(return_terms={})
    wishes = [wish(order, repair=True), wish(order)]

    made = lifecycle.request(order, wishes, actor=BUYER)

    assert [line.resolution for line in made.lines.order_by("pk")] == ["REPAIR", "MONEY"]
    assert (parcel.quantity, refunds.propose(made).amount) == (4, Decimal(20))


# --- photos, place ------------------------------------------------------------------------------


def test_photo_is_needed_where_the_terms_say_so() -> None:
    order = order_of(photos_needed=True)
    with pytest.raises(MissingPhoto) as caught:
        ask(order)
    assert caught.value.field == ("lines", "0", "photos")
    content = picture()
    photo = evidence.upload(order, BytesIO(content), len(content))
    assert ask(order, photos=[str(photo.public_id)]).status == ReturnStatus.REQUESTED
    assert lifecycle.create(order, [wish(order)], actor=SYSTEM).status == ReturnStatus.OPEN


@pytest.mark.parametrize(
    ("said", "place"),
    [({}, "Workshop"), ({"reason": "style"}, "Studio"), ({"reason": "color"}, "")],
)
def test_goods_go_to_the_place_for_their_reason_and_wish(said: dict[str, Any], place: str) -> None:
    for code in ("workshop", "studio"):
        LocationFactory(code=code, name=code.title())
    order = order_of(
        rule("Style", where={"reasons": ["style"]}, location="studio"),
        rule(
            "Repairs",
            where={"resolutions": ["REPAIR"], "reasons": ["style", "too-small"]},
            location="workshop",
        ),
        offers_repair=True,
    )

    made = lifecycle.approve(ask(order, repair=True, **said), actor=SYSTEM)

    work = made.reverse_fulfillments.select_related("location").get()
    usual = order.store.return_location
    assert usual is not None
    assert work.location is not None
    assert work.location.name == (place or usual.name)

"""What buyers may have for what goes back, and what becomes of it: policy, reason, fees, repair."""

from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest

from accounts.models import Role
from orders.models import FulfillmentLine
from returns import lifecycle
from returns.errors import (
    CreditNotOffered,
    MissingPhoto,
    NotExchangeable,
    NotForReason,
    NotOffered,
    OutOfStock,
)
from returns.evidence import collecting
from returns.lifecycle import ExchangeRequest
from returns.models import (
    RefundTo,
    Resolution,
    Return,
    ReturnReason,
    ReturnStatus,
)
from returns.models.policies import ReturnTerms
from returns.policies.terms import Wish
from returns.refunds import proposals
from tests.factories import LocationFactory, StockLevelFactory, sent_bundle, sent_order
from tests.returns.evidence.test_photos import picture
from tests.returns.exchanging import only, receive, send, shirt
from tests.returns.policies.rules.examples import rule
from tests.returns.stories import BUYER, SYSTEM, staff, wish
from tests.returns.wishing import ALL, ask, line_of, order_of, variant_of

pytestmark = pytest.mark.django_db

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
    assert proposals.propose(return_).amount == 0
    assert Return.objects.get(pk=return_.pk).exchange_owed == 0
    send(receive(return_))
    now = Return.objects.get(pk=return_.pk)
    assert (now.status, now.refunded_quantity) == (ReturnStatus.CLOSED, 1)
    assert now.refunded_amount == 0


def test_replacement_that_is_sold_out_is_refused() -> None:
    order = order_of(offers_replacement=True)
    with pytest.raises(OutOfStock):
        ask(order, swap=variant_of(order, stock=0))


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
    estimated = proposals.estimate(
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
    proposed = proposals.propose(made)
    assert (proposed.restocking_fee, proposed.return_shipping_fee) == expected
    fees = {fee.kind: fee.percent or fee.amount for fee in made.fees.all()}
    percent = Decimal(restocking) / 20 * 100
    kept = {"RESTOCKING": percent, "RETURN_SHIPPING": Decimal(shipping)}
    assert fees == {kind: value for kind, value in kept.items() if value}


def test_fee_of_what_is_repaired_is_not_taken_from_the_others() -> None:
    order = order_of(
        rule("Style", where={"reasons": ["style"]}, return_shipping_fee="9"),
        offers_repair=True,
        return_shipping_fee=Decimal(2),
    )
    wishes = [wish(order, repair=True, reason="style"), wish(order)]

    made = lifecycle.request(order, wishes, actor=BUYER)

    assert [line.resolution for line in made.lines.order_by("pk")] == ["REPAIR", "MONEY"]
    proposed = proposals.propose(made)
    assert (proposed.return_shipping_fee, proposed.amount) == (Decimal(2), Decimal(18))


# --- photos, place ------------------------------------------------------------------------------


def test_photo_is_needed_where_the_terms_say_so() -> None:
    order = order_of(photos_needed=True)
    with pytest.raises(MissingPhoto) as caught:
        ask(order)
    assert caught.value.field == ("lines", "0", "photos")
    content = picture()
    photo = collecting.upload(order, BytesIO(content), len(content))
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

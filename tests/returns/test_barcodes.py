"""What a scanned code can mean: how codes are written, and which return a slip is of."""

import pytest
from django.urls import reverse

from orders.models import FulfillmentLine, Order
from returns import barcodes, lifecycle
from returns.lifecycle import LineRequest
from returns.models import Return
from tests.factories import sent_order
from tests.returns.stories import SYSTEM

pytestmark = pytest.mark.django_db


def returned(order: Order) -> Return:
    parcel = FulfillmentLine.objects.get(fulfillment__order=order)
    wish = LineRequest(fulfillment_line_id=parcel.pk, quantity=1, reason="too-small")
    return lifecycle.create(order, [wish], actor=SYSTEM)


@pytest.mark.parametrize(
    ("scanned", "stored"),
    [
        ("036000291452", "0036000291452"),  # UPC-A as EAN-13
        ("0036000291452", "036000291452"),
        ("00036000291452", "036000291452"),  # GTIN-14
        ("96385074", "00000096385074"),  # EAN-8
        ("]E04012345678901", "4012345678901"),  # told which kind of code it is
        ("sku-1 ", "SKU-1"),
    ],
)
def test_codes_are_written_in_several_ways(scanned: str, stored: str) -> None:
    assert barcodes.spellings(barcodes.checked(scanned)) & barcodes.spellings(stored)


def test_numbers_that_are_no_barcodes_keep_their_zeros() -> None:
    assert not barcodes.spellings("0042") & barcodes.spellings("42")


def test_a_slip_is_found_by_bars_qr_code_and_tracking_number() -> None:
    return_ = returned(sent_order(1, reference="#1001"))
    page = reverse("backoffice:return", args=[return_.pk])
    buyer = reverse("storefront:return", args=[return_.public_id])

    for code in ("#1001-R1", "1001-r1", f"https://shop.example{page}", f"http://x{buyer}"):
        assert barcodes.returns_of(code) == [return_], code
    for code in ("#1001", "too-small", "1001-R1 1002-R1", "http://x/backoffice/", "https://[", "é"):
        assert barcodes.returns_of(code) == [], code


def test_a_tracking_number_leads_to_the_return_open_ones_first() -> None:
    order = sent_order(2)
    order.fulfillments.update(tracking_number="JJD000")
    parcel = FulfillmentLine.objects.get(fulfillment__order=order)
    wish = LineRequest(fulfillment_line_id=parcel.pk, quantity=1, reason="too-small")
    first = lifecycle.create(order, [wish], actor=SYSTEM)
    second = lifecycle.create(order, [wish], actor=SYSTEM)
    lifecycle.cancel(second, actor=SYSTEM)

    assert [found.pk for found in barcodes.returns_of("jjd000")] == [first.pk, second.pk]


def test_references_of_two_stores_both_come() -> None:
    first, second = (returned(sent_order(1, reference="#1001")) for _ in range(2))

    assert set(barcodes.returns_of("1001-R1")) == {first, second}

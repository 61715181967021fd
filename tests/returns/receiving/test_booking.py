"""What comes back is counted, and put where it belongs."""

from typing import Any

import pytest

from orders.models import BundleKind, FulfillmentLine, StockLevel
from returns import lifecycle
from returns.errors import (
    InvalidDisposition,
    InvalidQuantity,
    NothingChosen,
    ReturnError,
    UnknownLine,
)
from returns.lifecycle import DisposeRequest, LineRequest, Receipt
from returns.models import (
    DispositionType,
    EventType,
    ReturnStatus,
)
from tests.factories import sent_bundle, sent_order
from tests.returns.stories import SYSTEM, event_types, opened, parcel_of, received

pytestmark = pytest.mark.django_db


def test_process_of_everything_restocks_and_closes() -> None:
    return_ = opened(quantity=2)
    variant = parcel_of(return_.order).order_line.variant

    done = received(return_)

    assert done.status == ReturnStatus.CLOSED
    level = StockLevel.objects.get(variant=variant, location=return_.store.return_location)
    assert level.available == 2
    assert done.reverse_fulfillments.get().status == "CLOSED"
    assert event_types(done)[-1] == EventType.RETURN_PROCESSED
    assert done.events.latest("pk").to_status == "CLOSED"


def test_process_of_a_bundle_restocks_its_parts() -> None:
    order = sent_order(1)
    bundle, parts = sent_bundle(order, quantity=2, per_bundle=[1, 3])
    parcel = FulfillmentLine.objects.get(order_line=bundle)
    return_ = lifecycle.create(
        order,
        [LineRequest(fulfillment_line_id=parcel.pk, quantity=1, reason="too-small")],
        actor=SYSTEM,
    )

    received(return_)

    assert bundle.bundle_kind == BundleKind.FIXED
    levels = StockLevel.objects.order_by("variant").values_list("variant", "available")
    assert list(levels) == [(parts[0].variant_id, 1), (parts[1].variant_id, 3)]


def test_process_without_dispositions_stays_open() -> None:
    return_ = opened(quantity=1)
    line = return_.lines.get()

    still = lifecycle.process(
        return_, actor=SYSTEM, receipts=[Receipt(line_id=line.pk, quantity=1)]
    )

    assert (still.status, still.processed_quantity, still.disposed_quantity) == ("OPEN", 1, 0)


def test_process_of_pieces_that_need_work_is_finished_later() -> None:
    waiting = received(opened(quantity=1), DispositionType.PROCESSING_REQUIRED)
    line = waiting.lines.get()
    finish = Receipt(
        line_id=line.pk,
        quantity=0,
        dispositions=(DisposeRequest(type="NOT_RESTOCKED", quantity=1),),
    )

    done = lifecycle.process(waiting, actor=SYSTEM, receipts=[finish])

    assert waiting.status == ReturnStatus.OPEN
    assert done.status == ReturnStatus.CLOSED


@pytest.mark.parametrize(
    ("receipt", "error", "field"),
    [
        ({"quantity": 3}, InvalidQuantity, ("receipts", "0", "quantity")),
        ({"quantity": -1}, InvalidQuantity, ("receipts", "0", "quantity")),
        ({"quantity": 0}, NothingChosen, ("receipts",)),
        ({"line_id": 0, "quantity": 1}, UnknownLine, ("receipts", "0")),
        (
            {"quantity": 1, "dispositions": (DisposeRequest(type="RESTOCKED", quantity=2),)},
            InvalidQuantity,
            ("receipts", "0", "dispositions", "0", "quantity"),
        ),
        (
            {"quantity": 1, "dispositions": (DisposeRequest(type="BURNT", quantity=1),)},
            InvalidDisposition,
            ("receipts", "0", "dispositions", "0", "type"),
        ),
        (
            {
                "quantity": 1,
                "dispositions": (DisposeRequest(type="RESTOCKED", quantity=1, location_id=0),),
            },
            InvalidDisposition,
            ("receipts", "0", "dispositions", "0", "location"),
        ),
    ],
)
def test_process_with_a_bad_receipt_changes_nothing(
    receipt: dict[str, Any], error: type[ReturnError], field: tuple[str, ...]
) -> None:
    return_ = opened(quantity=2)
    line = return_.lines.get()

    with pytest.raises(error) as refused:
        lifecycle.process(
            return_, actor=SYSTEM, receipts=[Receipt(**{"line_id": line.pk, **receipt})]
        )

    line.refresh_from_db()
    assert refused.value.field == field
    assert line.processed_quantity == 0
    assert StockLevel.objects.count() == 0
    assert event_types(return_)[-1] == EventType.RETURN_APPROVED

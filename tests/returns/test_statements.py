"""How many statements receiving and refunding take, those of their transactions included."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import actors
from orders.models import FulfillmentLine
from returns import lifecycle
from returns.lifecycle import DisposeRequest, LineRequest, Receipt
from returns.models import Return
from returns.refunds import payouts
from tests.factories import LocationFactory, sent_order

SYSTEM = actors.system()


def opened(lines: int) -> Return:
    order = sent_order(*[2] * lines)
    order.store.return_location = LocationFactory()
    order.store.save()
    wishes = [
        LineRequest(fulfillment_line_id=pk, quantity=2, reason="too-small")
        for pk in FulfillmentLine.objects.filter(fulfillment__order=order).values_list(
            "pk", flat=True
        )
    ]
    made = lifecycle.create(order, wishes, actor=SYSTEM)
    return Return.objects.get(pk=made.pk)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lines", [1, 3])
def test_receiving_and_refunding_take_few_statements(lines: int) -> None:
    return_ = opened(lines)
    receipts = [
        Receipt(
            line_id=line.pk,
            quantity=2,
            dispositions=(DisposeRequest(type="RESTOCKED", quantity=2),),
        )
        for line in return_.lines.all()
    ]
    with CaptureQueriesContext(connection) as receiving:
        lifecycle.process(return_, actor=SYSTEM, receipts=receipts)
    with CaptureQueriesContext(connection) as refunding:
        payouts.refund(return_, actor=SYSTEM, key=uuid4())

    assert (len(receiving), len(refunding)) == (16, 27)

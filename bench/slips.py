"""Times the making of return slips, from the database to the finished PDF.

Everything is made in one transaction that is rolled back: no row stays behind.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from django.db import ProgrammingError, transaction
from django.utils import timezone

from orders.models import (
    Fulfillment,
    FulfillmentLine,
    Location,
    Order,
    OrderLine,
    Payment,
    Store,
)
from returns import slips
from returns.models import Return, ReturnLine, ReturnPolicy, ReturnReason, ReturnStatus

TITLES = ("Linen shirt with wide sleeves", "Stoneware mug", "Merino scarf, hand-dyed, extra long")
ADDRESS = {"line1": "Speicherstraße 12", "postal_code": "20457", "city": "Hamburg", "country": "DE"}


def main(arguments: Sequence[str]) -> None:
    """Print a table of times in milliseconds."""
    parser = argparse.ArgumentParser(prog="python -m bench slips", description=__doc__)
    parser.add_argument("--rounds", type=int, default=50, help="measurements of each (default: 50)")
    rounds = max(parser.parse_args(arguments).rounds, 2)
    try:
        with transaction.atomic():
            _measure(rounds)
            transaction.set_rollback(True)
    except ProgrammingError as error:
        sys.exit(f"The database is not ready ({error}). Run `manage.py migrate` first.")


def _measure(rounds: int) -> None:
    store = _store()
    small = [_return(store, lines=3) for _number in range(20)]
    large = _return(store, lines=60)
    first = _time(small[:1])
    print(f"{'':26}{'median':>9}{'p95':>9}{'size':>9}")
    print(f"{'first in the process':26}{first:8.0f} ms")
    _row("one slip, 3 items", small[:1], rounds)
    _row("one slip, 60 items", [large], max(rounds // 5, 2))
    _row("20 slips of 3 in one file", small, max(rounds // 10, 2))


def _row(label: str, returns: Sequence[Return], rounds: int) -> None:
    _time(returns)
    times = [_time(returns) for _round in range(rounds)]
    size = len(slips.render(returns)) / 1024
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{label:26}{statistics.median(times):6.1f} ms{p95:6.1f} ms{size:6.0f} kB")


def _time(returns: Sequence[Return]) -> float:
    """Return how many milliseconds the slips of these returns take."""
    start = time.perf_counter()
    slips.render(returns)
    return (time.perf_counter() - start) * 1000


def _store() -> Store:
    code = f"bench-{uuid4().hex[:8]}"
    location = Location.objects.create(code=code, name="Returns", **ADDRESS)
    store = Store.objects.create(
        code=code,
        name="Linden & Lark",
        currency="EUR",
        email="service@linden-lark.example",
        time_zone="Europe/Berlin",
        return_location=location,
        **ADDRESS,
    )
    ReturnPolicy.objects.create(store=store, instructions="Hand it in at any post office.")
    return store


def _return(store: Store, *, lines: int) -> Return:
    now = timezone.now()
    order = Order.objects.create(
        store=store,
        reference=f"#{uuid4().hex[:6]}",
        guest_email="ada@example.com",
        currency="EUR",
        shipping_address={"name": "Ada Winter", **ADDRESS},
    )
    parcel = Fulfillment.objects.create(order=order, number=1, shipped_at=now)
    return_ = Return.objects.create(
        order=order,
        store=store,
        number=1,
        reference=f"{order.reference}-R1",
        status=ReturnStatus.OPEN,
        approved_at=now,
        send_by=now.date() + timedelta(days=14),
        total_quantity=lines,
    )
    reason = ReturnReason.objects.get(handle="too-small")
    for number in range(lines):
        bought = OrderLine.objects.create(
            order=order,
            position=number + 1,
            sku=f"LS-{number:04}-M",
            title=TITLES[number % len(TITLES)],
            options={"Size": "M", "Colour": "Sage"},
            quantity=1,
            unit_price=Decimal("49.90"),
        )
        sent = FulfillmentLine.objects.create(
            fulfillment=parcel, order_line=bought, quantity=1, returning_quantity=1
        )
        ReturnLine.objects.create(
            for_return=return_, fulfillment_line=sent, reason=reason, quantity=1, pieces=[0]
        )
    Payment.objects.create(order=order, amount=Decimal("49.90") * lines)
    return return_

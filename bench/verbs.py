"""Drives the verbs directly, several processes at once, and lets them race for the same pieces."""

import argparse
import sys
import uuid
from collections.abc import Sequence
from functools import partial
from multiprocessing.synchronize import Barrier

from django.db.models import Sum

from accounts import actors
from accounts.actors import Actor
from bench import _database
from bench._orders import Arrived, arrive
from bench._times import Lap, lap, together
from bench._workers import spread
from orders.models import Order, Payment
from returns import lifecycle
from returns.errors import ReturnError
from returns.lifecycle import DisposeRequest, LineRequest, Receipt
from returns.models import DispositionType, Refund, RefundStatus, RefundTransaction, Return
from returns.refunds import payouts

REASON = "too-small"
WARM_UP = 3
ROUNDS = 20

Laps = dict[str, Lap]


def main(arguments: Sequence[str]) -> None:
    """Print returns per second and their times, and how many of the racers were accepted."""
    parser = argparse.ArgumentParser(prog="python -m bench verbs", description=__doc__)
    parser.add_argument("--processes", type=int, default=8, help="default: 8")
    parser.add_argument("--each", type=int, default=60, help="returns per process (default: 60)")
    chosen = parser.parse_args(arguments)
    _database.require_seed()
    _database.prepare()
    _measure(chosen.processes, chosen.each)
    _race(chosen.processes)


def _measure(processes: int, each: int) -> None:
    jobs = [arrive(2 * (each + WARM_UP)) for _process in range(processes)]
    found: list[Laps] = spread("bench.verbs:work", jobs)
    print(f"{processes} processes, {each} returns each, two lines of two pieces")
    print(f"{'':26}{'per second':>12}{'p50 ms':>10}{'p95 ms':>10}")
    for name in found[0]:
        result = together([laps[name] for laps in found])
        print(f"{name:26}{result.per_second:12.1f}{result.p50:10.1f}{result.p95:10.1f}")
    _count_money([order.order_id for job in jobs for order in job[len(job) // 2 :]])


def _count_money(orders: Sequence[int]) -> None:
    """Print whether each order was refunded once and whole; exit when a refund was lost."""
    refunds = Refund.objects.filter(order__in=orders, status=RefundStatus.SUCCEEDED)
    paid = RefundTransaction.objects.filter(refund__in=refunds, status=RefundStatus.SUCCEEDED)
    booked = Payment.objects.filter(order__in=orders)
    sums = [
        refunds.aggregate(all=Sum("amount"))["all"],
        paid.aggregate(all=Sum("amount"))["all"],
        booked.aggregate(all=Sum("refunded_amount"))["all"],
        booked.aggregate(all=Sum("amount"))["all"],
        Return.objects.filter(order__in=orders).aggregate(all=Sum("refunded_amount"))["all"],
    ]
    count = refunds.values("order").distinct().count()
    print(f"refunded: {count} of {len(orders)} orders, {refunds.count()} refunds, {sums[0]}")
    if count != len(orders) or refunds.count() != len(orders) or len(set(sums)) > 1:
        sys.exit(f"A refund was lost, or made twice: {sums}")


def _race(racers: int) -> None:
    orders = arrive(ROUNDS)
    accepted: list[list[bool]] = spread("bench.verbs:race", [orders] * racers)
    rounds = [sum(wins) for wins in zip(*accepted, strict=True)]
    print(f"\n{racers} simultaneous returns of the same two pieces, {ROUNDS} times:")
    print(f"  accepted each time: {', '.join(str(count) for count in rounds)}")


# --- what one process does ----------------------------------------------------------------------


def work(orders: Sequence[Arrived], barrier: Barrier) -> Laps:
    """Take half of the orders through request, approval, receipt and refund, create the others."""
    half = len(orders) // 2
    runner = Runner()
    for order in orders[half : half + WARM_UP]:
        runner.request(order)
        for verb in (runner.approve, runner.receive, runner.refund):
            verb(order)
    asked, created = orders[half + WARM_UP :], orders[: half - WARM_UP]
    phases = {
        "request": [partial(runner.request, order) for order in asked],
        "approve": [partial(runner.approve, order) for order in asked],
        "receive": [partial(runner.receive, order) for order in asked],
        "refund": [partial(runner.refund, order) for order in asked],
        "create (approved at once)": [partial(runner.create, order) for order in created],
    }
    laps = {}
    for name, acts in phases.items():
        barrier.wait()
        laps[name] = lap(acts)
    return laps


def race(orders: Sequence[Arrived], barrier: Barrier) -> list[bool]:
    """Ask for the two pieces of each order's first line; return where that was accepted."""
    runner = Runner()
    return [runner.wins(order, barrier) for order in orders]


class Runner:
    """Calls verbs as the sites do: rows are loaded anew, actors may do everything."""

    def __init__(self) -> None:
        self._staff: Actor = actors.system("Bench")
        self._returns: dict[int, int] = {}

    def request(self, order: Arrived) -> None:
        """Ask for all pieces, as the buyer."""
        loaded = Order.objects.get(pk=order.order_id)
        actor = actors.buyer("Bea Bench")
        made = lifecycle.request(loaded, _wishes(order), actor=actor, request_key=uuid.uuid4())
        self._returns[order.order_id] = made.pk

    def create(self, order: Arrived) -> None:
        """Create an approved return of all pieces, as staff."""
        loaded = Order.objects.get(pk=order.order_id)
        lifecycle.create(loaded, _wishes(order), actor=self._staff, request_key=uuid.uuid4())

    def _return(self, order: Arrived) -> Return:
        return Return.objects.get(pk=self._returns[order.order_id])

    def approve(self, order: Arrived) -> None:
        """Approve the whole request."""
        lifecycle.approve(self._return(order), actor=self._staff)

    def receive(self, order: Arrived) -> None:
        """Receive all pieces and put them back in stock."""
        return_ = self._return(order)
        receipts = [
            Receipt(
                line_id=line.pk,
                quantity=line.quantity,
                dispositions=(
                    DisposeRequest(type=DispositionType.RESTOCKED, quantity=line.quantity),
                ),
            )
            for line in return_.lines.all()
        ]
        lifecycle.process(return_, actor=self._staff, receipts=receipts)

    def refund(self, order: Arrived) -> None:
        """Pay back what is proposed."""
        payouts.refund(self._return(order), actor=self._staff, key=uuid.uuid4())

    def wins(self, order: Arrived, barrier: Barrier) -> bool:
        """Ask for two pieces at the same time as the others; return whether it was accepted."""
        loaded = Order.objects.get(pk=order.order_id)
        wish = _wishes(order)[:1]
        barrier.wait()
        try:
            lifecycle.request(loaded, wish, actor=actors.buyer("Bea Bench"))
        except ReturnError:
            return False
        return True


def _wishes(order: Arrived) -> list[LineRequest]:
    return [
        LineRequest(fulfillment_line_id=line, quantity=2, reason=REASON)
        for line in order.parcel_lines
    ]

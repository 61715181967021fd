"""Random acts by random people on a few orders; after each, all that always holds still does.

The invariants are those of the design, section 4. Each act either changes what it is about and
writes at most one event, or is refused and changes not a single column.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts import actors
from accounts.actors import ActorKind
from orders.models import FulfillmentLine, OrderLine
from returns import lifecycle
from returns.errors import NotPermitted
from returns.exchanges import agreements as exchanges
from returns.lifecycle import DisposeRequest, ExchangeRequest, LineRequest, Receipt
from returns.models import (
    DispositionType,
    Event,
    ExchangeLine,
    ExchangePayment,
    Refund,
    Return,
    ReturnLine,
    ReverseFulfillmentLine,
)
from returns.refunds import payouts, retries, settlement
from tests.returns.invariants import total
from tests.returns.shop import MAY, Shop

COUNTS = st.lists(st.integers(0, 4), min_size=4, max_size=4)
# A variant, pieces of it, and which line they replace.
SWAP = st.tuples(st.integers(0, 1), st.integers(1, 2), st.integers(0, 3))
SEEDS = st.integers(0, 10**6)
PEOPLE = st.sampled_from(["Buyer", "Support", "Warehouse", "Finance", "Manager", "System"])
# Those who may do much come more often, so that more happens.
ABLE = st.sampled_from(["Manager", "System"]) | PEOPLE


class Acts(Shop):
    """Everything that people do to the shop's returns."""

    @rule(
        which=st.integers(0, 1),
        counts=COUNTS,
        who=ABLE | st.just("Buyer"),
        staff=st.booleans(),
        swaps=st.lists(SWAP, max_size=2),
        repaired=st.none() | st.integers(0, 3),
    )
    def ask(
        self,
        which: int,
        counts: list[int],
        who: str,
        staff: bool,
        swaps: list[tuple[int, int, int]],
        repaired: int | None,
    ) -> None:
        order = self.orders[which]
        parcels = FulfillmentLine.objects.filter(fulfillment__order=order).order_by("pk")
        wishes = [
            LineRequest(
                fulfillment_line_id=parcel.pk,
                quantity=count,
                reason="too-small",
                repair=index == repaired,
            )
            for index, (parcel, count) in enumerate(zip(parcels, counts, strict=False))
            if count
        ]
        verb = lifecycle.create if staff else lifecycle.request
        wanted = [self.wanted(swap, range(max(len(wishes), 1))) for swap in swaps]
        self.attempt(lambda: verb(order, wishes, actor=self.people[who], exchanges=wanted))

    def wanted(self, swap: tuple[int, int, int], replaceable: Sequence[int]) -> ExchangeRequest:
        variant, count, replaces = swap
        return ExchangeRequest(
            variant_id=self.goods[variant],
            quantity=count,
            replaces=replaceable[replaces % len(replaceable)],
        )

    @precondition(lambda self: self.rows[Return])
    @rule(seed=SEEDS, who=ABLE, swap=SWAP, override=st.booleans())
    def add_exchanges(
        self, seed: int, who: str, swap: tuple[int, int, int], override: bool
    ) -> None:
        return_ = self.pick(seed)
        wanted = self.wanted(swap, self.lines_of(return_))
        self.move(
            "add_exchanges",
            return_,
            who,
            lambda: lifecycle.add_exchanges(
                return_, actor=self.people[who], exchanges=[wanted], override_policy=override
            ),
        )

    @precondition(lambda self: self.all(ExchangeLine))
    @rule(
        seed=SEEDS,
        who=ABLE,
        count=st.integers(0, 3),
        verb=st.sampled_from(["remove_exchanges", "process_exchange", "process_exchange"]),
    )
    def remove_or_send_exchange(self, seed: int, who: str, count: int, verb: str) -> None:
        keys = sorted(self.rows[ExchangeLine])
        line = self.rows[ExchangeLine][keys[seed % len(keys)]]
        return_ = Return.objects.get(pk=line["for_return_id"])
        pieces = {line["id"]: count or line["quantity"] - line["processed_quantity"]}
        function = getattr(lifecycle, verb)
        self.move(
            verb, return_, who, lambda: function(return_, actor=self.people[who], quantities=pieces)
        )

    @precondition(lambda self: self.all(ExchangeLine))
    @rule(
        seed=SEEDS,
        who=st.sampled_from(["Manager", "Finance", "Support"]),
        amount=st.none() | st.decimals(0, 20, places=2),
    )
    def record_payment(self, seed: int, who: str, amount: Decimal | None) -> None:
        owing = [row for row in self.rows[Return].values() if row["exchange_owed"]]
        rows = owing or sorted(self.rows[Return].values(), key=lambda row: row["id"])
        return_ = Return.objects.get(pk=rows[seed % len(rows)]["id"])
        key = str(uuid4())
        self.move(
            "record_payment",
            return_,
            who,
            lambda: lifecycle.record_payment(
                return_,
                actor=self.people[who],
                amount=return_.exchange_owed if amount is None else amount,
                key=key,
            ),
        )

    @precondition(lambda self: self.all(ExchangeLine))
    @rule(seed=SEEDS, who=ABLE | st.just("Buyer"), amount=st.none() | st.decimals(0, 20, places=2))
    def pay_with_credit(self, seed: int, who: str, amount: Decimal | None) -> None:
        owing = [row for row in self.rows[Return].values() if row["exchange_owed"]]
        rows = owing or sorted(self.rows[Return].values(), key=lambda row: row["id"])
        return_ = Return.objects.get(pk=rows[seed % len(rows)]["id"])
        key = uuid4()

        def pay() -> ExchangePayment:
            return lifecycle.pay_with_credit(
                return_, actor=self.people[who], amount=amount, key=key
            )

        self.move("pay_with_credit", return_, who, pay)
        if self.all(ExchangePayment, key=str(key)):
            before = self.rows
            pay()
            self.rows = self.look()
            assert self.rows == before

    @precondition(lambda self: self.all(ExchangeLine))
    @rule()
    def end_reservations(self) -> None:
        later = timezone.now() + timedelta(days=100)
        waiting = {
            row["for_return_id"] for row in self.all(ExchangeLine) if row["reserved_quantity"]
        }
        before = len(self.rows[Event])
        assert exchanges.end_reservations(before=later) == len(waiting)
        self.rows = self.look()
        assert len(self.rows[Event]) == before + len(waiting)

    @precondition(lambda self: self.rows[Return])
    @rule(seed=SEEDS, who=ABLE, counts=COUNTS | st.none())
    def approve(self, seed: int, who: str, counts: list[int] | None) -> None:
        return_ = self.pick(seed)
        quantities = None if counts is None else self.chosen(return_, counts)
        self.move(
            "approve",
            return_,
            who,
            lambda: lifecycle.approve(return_, actor=self.people[who], quantities=quantities),
        )

    @precondition(lambda self: self.rows[Return])
    @rule(seed=SEEDS, who=ABLE)
    def decline(self, seed: int, who: str) -> None:
        return_ = self.pick(seed)
        self.move(
            "decline",
            return_,
            who,
            lambda: lifecycle.decline(return_, actor=self.people[who], reason="FINAL_SALE"),
        )

    @precondition(lambda self: self.rows[Return])
    @rule(seed=SEEDS, who=ABLE, verb=st.sampled_from(["cancel", "close", "reopen"]))
    def end_or_resume(self, seed: int, who: str, verb: str) -> None:
        return_ = self.pick(seed)
        function = getattr(lifecycle, verb)
        self.move(verb, return_, who, lambda: function(return_, actor=self.people[who]))

    @precondition(lambda self: self.rows[Return])
    @rule(seed=SEEDS, who=ABLE, counts=COUNTS)
    def remove_lines(self, seed: int, who: str, counts: list[int]) -> None:
        return_ = self.pick(seed)
        quantities = self.chosen(return_, counts)
        self.move(
            "remove_lines",
            return_,
            who,
            lambda: lifecycle.remove_lines(return_, actor=self.people[who], quantities=quantities),
        )

    @precondition(lambda self: self.rows[Return])
    @rule(
        seed=SEEDS,
        who=ABLE,
        counts=COUNTS,
        fates=st.lists(
            st.tuples(st.sampled_from(DispositionType.values), st.integers(0, 3)), max_size=2
        ),
    )
    def process(self, seed: int, who: str, counts: list[int], fates: list[tuple[str, int]]) -> None:
        return_ = self.pick(seed)
        wishes = tuple(DisposeRequest(type=type_, quantity=count) for type_, count in fates)
        receipts = [
            Receipt(line_id=line, quantity=count, dispositions=wishes)
            for line, count in self.chosen(return_, counts).items()
        ]
        self.receive(return_, who, receipts)

    @precondition(lambda self: self.rows[Return])
    @rule(seed=SEEDS, type_=st.sampled_from(DispositionType.values))
    def process_all(self, seed: int, type_: str) -> None:
        return_ = self.pick(seed)
        receipts = []
        for key in self.lines_of(return_):
            line = self.rows[ReturnLine][key]
            work = self.all(ReverseFulfillmentLine, return_line_id=key)
            left = line["quantity"] - total(row["disposed_quantity"] for row in work)
            fate = (DisposeRequest(type=type_, quantity=int(left)),) if left else ()
            if work:
                new = line["quantity"] - line["processed_quantity"]
                receipts.append(Receipt(line_id=key, quantity=new, dispositions=fate))
        self.receive(return_, "System", receipts)

    @precondition(lambda self: self.rows[Return])
    @rule(seed=SEEDS, who=ABLE, counts=COUNTS | st.none())
    def let_keep(self, seed: int, who: str, counts: list[int] | None) -> None:
        return_ = self.pick(seed)
        quantities = None if counts is None else self.chosen(return_, counts)
        self.move(
            "let_keep",
            return_,
            who,
            lambda: lifecycle.let_keep(return_, actor=self.people[who], quantities=quantities),
        )

    @precondition(lambda self: self.rows[Return])
    @rule(seed=SEEDS, who=ABLE, counts=COUNTS)
    def ship_back(self, seed: int, who: str, counts: list[int]) -> None:
        return_ = self.pick(seed)
        quantities = self.chosen(return_, counts)
        self.move(
            "ship_back",
            return_,
            who,
            lambda: lifecycle.ship_back(
                return_, actor=self.people[who], quantities=quantities, message="Worn."
            ),
        )

    @precondition(lambda self: self.rows[Return])
    @rule(seed=SEEDS, who=ABLE, counts=COUNTS)
    def ship_repaired(self, seed: int, who: str, counts: list[int]) -> None:
        return_ = self.pick(seed)
        quantities = self.chosen(return_, counts)
        self.move(
            "ship_repaired",
            return_,
            who,
            lambda: lifecycle.ship_repaired(return_, actor=self.people[who], quantities=quantities),
        )

    def receive(self, return_: Return, who: str, receipts: list[Receipt]) -> None:
        self.move(
            "process",
            return_,
            who,
            lambda: lifecycle.process(return_, actor=self.people[who], receipts=receipts),
        )

    @precondition(lambda self: self.rows[Return])
    @rule(
        seed=SEEDS,
        who=ABLE,
        counts=COUNTS | st.none(),
        amount=st.none() | st.decimals(0, 60, places=2),
        shipping=st.none() | st.decimals(0, 3, places=2),
        to_credit=st.none() | st.decimals(0, 60, places=2),
        why=st.sampled_from(["", "", "Promised."]),
        answers=st.lists(st.sampled_from(["pay", "refuse", "unreachable"]), max_size=2),
    )
    def refund(
        self,
        seed: int,
        who: str,
        counts: list[int] | None,
        amount: Decimal | None,
        shipping: Decimal | None,
        to_credit: Decimal | None,
        why: str,
        answers: list[str],
    ) -> None:
        return_ = self.pick(seed)
        quantities = None if counts is None else self.chosen(return_, counts)
        key = uuid4()
        self.gateway.answers = answers

        def pay() -> Refund:
            return payouts.refund(
                return_,
                actor=self.people[who],
                key=key,
                quantities=quantities,
                amount=amount,
                shipping=shipping,
                to_credit=to_credit,
                over_reason=why,
            )

        self.move("refund", return_, who, pay)
        self.pays_once(key, pay, who)

    @rule(
        which=st.integers(0, 1),
        who=ABLE,
        counts=COUNTS,
        amount=st.none() | st.decimals(0, 130, places=2),
        shipping=st.none() | st.decimals(0, 3, places=2),
        to_credit=st.none() | st.decimals(0, 60, places=2),
        why=st.sampled_from(["", "Promised."]),
        answers=st.lists(st.sampled_from(["pay", "refuse", "unreachable"]), max_size=2),
    )
    def refund_order(
        self,
        which: int,
        who: str,
        counts: list[int],
        amount: Decimal | None,
        shipping: Decimal | None,
        to_credit: Decimal | None,
        why: str,
        answers: list[str],
    ) -> None:
        order = self.orders[which]
        lines = [row["id"] for row in self.all(OrderLine, order_id=order.pk)]
        quantities = {pk: count for pk, count in zip(lines, counts, strict=False) if count}
        key = uuid4()
        self.gateway.answers = answers

        def pay() -> Refund:
            return payouts.refund_order(
                order,
                actor=self.people[who],
                key=key,
                quantities=quantities,
                amount=amount,
                shipping=shipping,
                to_credit=to_credit,
                over_reason=why,
            )

        error = self.attempt(pay)
        assert isinstance(error, NotPermitted) is (who not in MAY["refund"].split())
        self.pays_once(key, pay, who)

    def pays_once(self, key: UUID, pay: Callable[[], Refund], who: str) -> None:
        """Send the same again; and what is more than was left needs who may do that."""
        self.gateway.answers = []
        for made in self.all(Refund, idempotency_key=key):
            assert not made["over_amount"] or who in {"Manager", "System"}
            before = self.rows
            pay()
            self.rows = self.look()
            assert self.rows == before

    @precondition(lambda self: self.all(Refund, status="PENDING"))
    @rule(seed=SEEDS, answers=st.lists(st.sampled_from(["pay", "refuse"]), max_size=2))
    def settle(self, seed: int, answers: list[str]) -> None:
        keys = [row["id"] for row in self.all(Refund, status="PENDING")]
        refund = Refund.objects.get(pk=keys[seed % len(keys)])
        self.gateway.answers = answers
        assert self.attempt(lambda: settlement.settle(refund, actor=actors.system())) is None
        assert self.rows[Refund][refund.pk]["status"] != "PENDING"

    @precondition(lambda self: self.all(Refund, status="FAILED"))
    @rule(
        seed=SEEDS,
        who=ABLE,
        answers=st.lists(st.sampled_from(["pay", "refuse", "unreachable"]), max_size=2),
    )
    def retry(self, seed: int, who: str, answers: list[str]) -> None:
        keys = [row["id"] for row in self.all(Refund, status="FAILED")]
        refund = Refund.objects.get(pk=keys[seed % len(keys)])
        self.gateway.answers = answers
        error = self.attempt(
            lambda: retries.retry(refund, actor=self.people[who]),
            events=2,  # that it was tried, and how it ended
        )
        self.gateway.answers = []
        assert error is None or self.rows[Refund][refund.pk]["status"] == "FAILED"

    @precondition(lambda self: self.rows[Return])
    @rule(seed=SEEDS, who=PEOPLE)
    def note(self, seed: int, who: str) -> None:
        return_ = self.pick(seed)
        error = self.attempt(
            lambda: lifecycle.add_note(return_, actor=self.people[who], body="Rang.")
        )
        assert (error is None) is (self.people[who].kind != ActorKind.BUYER)


@pytest.mark.django_db
def test_what_always_holds_holds_after_any_acts() -> None:
    run_state_machine_as_test(
        Acts,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

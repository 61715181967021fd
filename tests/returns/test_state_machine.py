"""Random acts by random people on a few orders; after each, all that always holds still does.

The invariants are those of the design, section 4. Each act either changes what it is about and
writes at most one event, or is refused and changes not a single column.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts import actors
from accounts.actors import Actor, ActorKind
from accounts.models import Role
from orders.models import FulfillmentLine, Order, StockLevel
from returns import exchanges, lifecycle, payouts, settlement
from returns.errors import InvalidState, NotPermitted, ReturnError
from returns.gateways import GATEWAYS, GatewayUnreachable, Outcome, PayoutRequest
from returns.lifecycle import DisposeRequest, ExchangeRequest, LineRequest, Receipt
from returns.models import (
    DispositionType,
    Event,
    EventType,
    ExchangeLine,
    Refund,
    Return,
    ReturnLine,
    ReverseFulfillmentLine,
)
from returns.models.policies import ReturnTerms
from tests.factories import (
    PaymentFactory,
    StockLevelFactory,
    UserFactory,
    VariantFactory,
    sent_bundle,
    sent_order,
)
from tests.returns.invariants import Invariants, total

# The table of the design, written down once more: the states from which each verb may start.
TABLE = {
    "approve": {"REQUESTED"},
    "decline": {"REQUESTED"},
    "cancel": {"REQUESTED", "OPEN"},
    "remove_lines": {"REQUESTED", "OPEN"},
    "process": {"OPEN"},
    "close": {"OPEN"},
    "reopen": {"CLOSED"},
    "refund": {"OPEN", "CLOSED"},
    "add_exchanges": {"REQUESTED", "OPEN"},
    "remove_exchanges": {"REQUESTED", "OPEN"},
    "process_exchange": {"OPEN"},
    "record_payment": {"OPEN", "CLOSED"},
}
# Repeating these is no error and changes nothing.
ALREADY = {"cancel": "CANCELED", "close": "CLOSED", "reopen": "OPEN"}
# Who may do what: the roles of the design's section 1.
MAY = {
    "approve": "Support Manager System",
    "decline": "Support Manager System",
    "cancel": "Buyer Support Manager System",
    "remove_lines": "Support Manager System",
    "process": "Warehouse Manager System",
    "close": "Support Manager System",
    "reopen": "Support Manager System",
    "refund": "Finance Manager System",
    "add_exchanges": "Support Manager System",
    "remove_exchanges": "Support Manager System",
    "process_exchange": "Warehouse Manager System",
    "record_payment": "Finance Manager System",
}

COUNTS = st.lists(st.integers(0, 4), min_size=4, max_size=4)
# A variant, pieces of it, and which line they replace.
SWAP = st.tuples(st.integers(0, 1), st.integers(1, 2), st.integers(0, 3))
SEEDS = st.integers(0, 10**6)
PEOPLE = st.sampled_from(["Buyer", "Support", "Warehouse", "Finance", "Manager", "System"])
# Those who may do much come more often, so that more happens.
ABLE = st.sampled_from(["Manager", "System"]) | PEOPLE


class Gateway:
    """Answers what the next act says."""

    def __init__(self) -> None:
        self.answers: list[str] = []

    def refund(self, request: PayoutRequest) -> Outcome:
        answer = self.answers.pop(0) if self.answers else "pay"
        if answer == "unreachable":
            raise GatewayUnreachable
        return Outcome(paid=answer == "pay", reference=request.key[:8])


class Shop(Invariants):
    """Two orders, one with a bundle and two payments, and everything people do to them."""

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.gateway = Gateway()
        self.patch = patch.dict(GATEWAYS, {"fake": self.gateway})
        self.patch.start()

    def teardown(self) -> None:
        self.patch.stop()
        connection.check_constraints()
        transaction.savepoint_rollback(self.savepoint)

    @initialize(
        fees=st.sampled_from(["0", "7.5"]),
        auto=st.booleans(),
        price=st.decimals(0, 50, places=2),
        tax=st.decimals(0, 9, places=2),
        included=st.booleans(),
        instant=st.booleans(),
    )
    def open_shop(
        self, fees: str, auto: bool, price: Decimal, tax: Decimal, included: bool, instant: bool
    ) -> None:
        terms = ReturnTerms(
            restocking_fee_percent=Decimal(fees),
            return_shipping_fee=Decimal(fees) / 2,
            auto_approve=auto,
            exchanges="any_product",
            instant_exchange=instant,
        )
        facts: dict[str, Any] = {"return_terms": terms.to_json(), "tax_included": included}
        first = sent_order(3, 2, shipping_amount=Decimal("4.90"), **facts)
        second = sent_order(1, **facts)
        sent_bundle(second, quantity=2, per_bundle=[1, 3])
        for order in (first, second):
            order.lines.filter(bundle_parent=None).update(unit_price=price, tax_total=tax)
            order.payments.all().delete()
            for part in ("60.00", "40.00"):
                PaymentFactory(order=order, amount=Decimal(part), gateway="fake")
        self.orders = [first, second]
        self.goods = self.stock_up(first, price)
        self.stocked = {
            (level.variant_id, level.location_id): level.available
            for level in StockLevel.objects.all()
        }
        roles = {"Support": "SUPPORT", "Warehouse": "WAREHOUSE", "Finance": "FINANCE"}
        self.people: dict[str, Actor] = {
            name: actors.staff(UserFactory(name=name, roles=[Role(role)]))
            for name, role in {**roles, "Manager": "MANAGER"}.items()
        }
        self.people |= {"Buyer": actors.buyer("Ada"), "System": actors.system("System")}
        self.rows = self.look()

    def stock_up(self, order: Order, price: Decimal) -> list[int]:
        """Some pieces of another size of what was bought, and of something else."""
        bought = order.lines.select_related("variant__product").first()
        assert bought is not None
        assert bought.variant is not None
        bought.variant.price = price
        bought.variant.save(update_fields=["price"])
        size = VariantFactory(product=bought.variant.product, price=price)
        for variant in (size, VariantFactory(price=Decimal("25.00"))):
            StockLevelFactory(variant=variant, available=3)
        return list(StockLevel.objects.values_list("variant", flat=True).order_by("variant"))

    # --- choosing ------------------------------------------------------------------------------

    def pick(self, seed: int) -> Return:
        keys = sorted(self.rows[Return])
        return Return.objects.get(pk=keys[seed % len(keys)])

    def lines_of(self, return_: Return) -> list[int]:
        return [row["id"] for row in self.all(ReturnLine, for_return_id=return_.pk)]

    def chosen(self, return_: Return, counts: list[int]) -> dict[int, int]:
        return dict(zip(self.lines_of(return_), counts, strict=False))

    # --- acting ---------------------------------------------------------------------------------

    def attempt(self, act: Callable[[], Any]) -> ReturnError | None:
        """Act; when refused, nothing at all may have changed, and else at most one event came."""
        before = self.rows
        refused: ReturnError | None = None
        try:
            act()
        except ReturnError as error:
            refused = error
        if refused is not None:
            self.rows = self.look()
            assert self.rows == before
            assert refused.message
            return refused
        self.rows = self.look()
        # That the buyer is asked to pay is a change of its own, beside the act that made it so.
        events = [row for key, row in self.rows[Event].items() if key not in before[Event]]
        new = sum(row["type"] != EventType.EXCHANGE_PAYMENT_ASKED for row in events)
        changed = self.rows != before
        moved = any(
            row["status"] != before[Return].get(key, {}).get("status", "")
            for key, row in self.rows[Return].items()
        )
        assert new <= 1
        assert changed or new == 0
        assert not moved or new == 1
        return None

    def move(self, verb: str, return_: Return, who: str, act: Callable[[], Any]) -> None:
        """Try a verb, and compare with the table whether it may have worked."""
        status = return_.status
        offered = verb in lifecycle.available(return_, self.people[who])
        before = self.rows
        error = self.attempt(act)
        if ALREADY.get(verb) == status:
            assert error is None
            assert self.rows == before
        elif status not in TABLE[verb]:
            assert isinstance(error, InvalidState)
        elif who not in MAY[verb] and not isinstance(error, InvalidState):
            assert isinstance(error, NotPermitted)
        if isinstance(error, InvalidState | NotPermitted):
            assert not offered
        elif error is None and ALREADY.get(verb) != status:
            assert offered

    @rule(
        which=st.integers(0, 1),
        counts=COUNTS,
        who=ABLE | st.just("Buyer"),
        staff=st.booleans(),
        swaps=st.lists(SWAP, max_size=2),
    )
    def ask(
        self,
        which: int,
        counts: list[int],
        who: str,
        staff: bool,
        swaps: list[tuple[int, int, int]],
    ) -> None:
        order = self.orders[which]
        parcels = FulfillmentLine.objects.filter(fulfillment__order=order).order_by("pk")
        wishes = [
            LineRequest(fulfillment_line_id=parcel.pk, quantity=count, reason="too-small")
            for parcel, count in zip(parcels, counts, strict=False)
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
        answers=st.lists(st.sampled_from(["pay", "refuse", "unreachable"]), max_size=2),
    )
    def refund(
        self,
        seed: int,
        who: str,
        counts: list[int] | None,
        amount: Decimal | None,
        shipping: Decimal | None,
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
            )

        self.move("refund", return_, who, pay)
        self.gateway.answers = []
        if self.all(Refund, idempotency_key=key):
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
        Shop,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

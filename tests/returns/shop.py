"""The people, orders and goods of the stateful test, and how each of its acts is checked."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
)

from accounts import actors
from accounts.actors import Actor
from accounts.models import Role
from orders.models import Order, StockLevel
from returns import lifecycle
from returns.errors import InvalidState, NotPermitted, ReturnError
from returns.models import (
    Event,
    EventType,
    Return,
    ReturnLine,
)
from returns.models.policies import ReturnTerms
from returns.refunds.gateways import GATEWAYS, GatewayUnreachable, Outcome, PayoutRequest
from returns.store_credit import ledger
from tests.factories import (
    PaymentFactory,
    StockLevelFactory,
    UserFactory,
    VariantFactory,
    sent_bundle,
    sent_order,
)
from tests.returns.invariants import Invariants

# The table of the design, written down once more: the states from which each verb may start.
TABLE = {
    "approve": {"REQUESTED"},
    "decline": {"REQUESTED"},
    "cancel": {"REQUESTED", "OPEN"},
    "remove_lines": {"REQUESTED", "OPEN"},
    "process": {"OPEN"},
    "let_keep": {"OPEN"},
    "ship_back": {"OPEN", "CLOSED"},
    "ship_repaired": {"OPEN", "CLOSED"},
    "close": {"OPEN"},
    "reopen": {"CLOSED"},
    "refund": {"OPEN", "CLOSED"},
    "add_exchanges": {"REQUESTED", "OPEN"},
    "remove_exchanges": {"REQUESTED", "OPEN"},
    "process_exchange": {"OPEN"},
    "record_payment": {"OPEN", "CLOSED"},
    "pay_with_credit": {"OPEN", "CLOSED"},
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
    "let_keep": "Support Manager System",
    "ship_back": "Warehouse Manager System",
    "ship_repaired": "Warehouse Manager System",
    "close": "Support Manager System",
    "reopen": "Support Manager System",
    "refund": "Finance Manager System",
    "add_exchanges": "Support Manager System",
    "remove_exchanges": "Support Manager System",
    "process_exchange": "Warehouse Manager System",
    "record_payment": "Finance Manager System",
    "pay_with_credit": "Buyer Finance Manager System",
}


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
        keep=st.none() | st.integers(0, 60),
        instant=st.booleans(),
    )
    def open_shop(
        self,
        fees: str,
        auto: bool,
        price: Decimal,
        tax: Decimal,
        included: bool,
        keep: int | None,
        instant: bool,
    ) -> None:
        terms = ReturnTerms(
            restocking_fee_percent=Decimal(fees),
            return_shipping_fee=Decimal(fees) / 2,
            auto_approve=auto,
            keep_item_below=None if keep is None else Decimal(keep),
            offers_credit=auto,
            credit_bonus_percent=Decimal(10),
            exchanges="ANY_PRODUCT",
            offers_replacement=True,
            offers_repair=True,
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
            account = ledger.open_account(order)
            credit: dict[str, Any] = {"key": uuid4(), "notify": False}
            ledger.credit(account, Decimal("30.00"), actor=actors.system(), **credit)
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

    def attempt(self, act: Callable[[], Any], *, events: int = 1) -> ReturnError | None:
        """Act; when refused, nothing at all may have changed, and else so many events at most.

        One more for a request whose goods the buyer keeps: it is opened, and closed at once.
        """
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
        told = [row for key, row in self.rows[Event].items() if key not in before[Event]]
        new = sum(row["type"] != EventType.EXCHANGE_PAYMENT_ASKED for row in told)
        changed = self.rows != before
        moved = any(
            row["status"] != before[Return].get(key, {}).get("status", "")
            for key, row in self.rows[Return].items()
        )
        is_new = len(self.rows[Return]) > len(before[Return])
        kept = is_new and any(row["type"] == EventType.GOODS_KEPT for row in told)
        assert new <= events + kept
        assert changed or new == 0
        assert not moved or new == 1 + kept
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

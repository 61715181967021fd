"""Money that mutations move: what goes to which payment, and what becomes store credit."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import strawberry
from strawberry import UNSET

from api.engine.context import Context
from api.engine.gids import number_of
from api.engine.idempotency import uuid_of
from api.schema.fields import taken
from api.schema.money import MoneyInput
from api.schema.mutations.outcome import Refused, refused, translated
from api.schema.outcomes import RefundShippingInput, shipping_wanted
from api.schema.scalars import DateTime
from api.schema.transactions import payment_of
from returns.errors import ReturnError
from returns.models import Refund, Return
from returns.refunds import payouts, pricing, proposals, splits

OVER: Final = "Over-refunding was allowed by the program."


@taken("ReturnRefundOrderTransactionInput")
class RefundTransactionInput:
    """Money that goes back on one payment."""

    parent_id: strawberry.ID
    transaction_amount: MoneyInput


@taken("StoreCreditRefundInput")
class StoreCreditRefundInput:
    """Store credit in place of money."""

    amount: MoneyInput
    expires_at: DateTime | None = UNSET


@taken("RefundMethodInput", one_of=True)
class RefundMethodInput:
    """A way to pay back other than to the payments."""

    store_credit_refund: StoreCreditRefundInput | None = UNSET


@taken("ReturnProcessRefundInput")
class ProcessRefundInput:
    """Money that goes back."""

    order_transactions: list[RefundTransactionInput]
    refund_methods: list[RefundMethodInput] | None = strawberry.field(default_factory=list)
    allow_over_refunding: bool | None = False


@taken("ReturnProcessFinancialTransferInput", one_of=True)
class FinancialTransferInput:
    """What money moves."""

    issue_refund: ProcessRefundInput | None = UNSET


@dataclass(frozen=True, kw_only=True)
class Payout:
    """A refund that is asked for.

    parts: by payment. place: where it stands in the input. may_exceed: whether it may be more than
    is left on the payments.
    """

    parts: dict[int, Decimal]
    credit: Decimal
    quantities: dict[int, int]
    shipping: RefundShippingInput | None
    place: tuple[str, ...]
    note: str = ""
    may_exceed: bool = False

    @property
    def amount(self) -> Decimal:
        """All that is to go back."""
        return sum(self.parts.values(), self.credit)

    def _wishes(self) -> dict[str, Any]:
        """Return what the verb is told: with credit, the store's rule shares the rest out."""
        wanted = self.parts if not self.credit else None
        return {
            "parts": wanted,
            "to_credit": self.credit or (None if wanted is None else Decimal(0)),
        }

    def check(self, return_: Return) -> None:
        """Raise what the verb would raise, before anything else is done."""
        proposal = proposals.propose(
            return_, quantities=self.quantities, shipping=self._shipping(return_)
        )
        exceeds = self.may_exceed
        pricing.checked_amount(self.amount, proposal, chosen=True, may_exceed=exceeds)
        if not self.credit and self.amount <= proposal.maximum:
            left = proposals.left_on(list(return_.order.payments.order_by("pk")), proposal.currency)
            rule = return_.order.store.refund_split
            splits.plan(self.amount, left, proposal.currency, rule=rule, wanted=self.parts)

    def _shipping(self, return_: Return) -> Decimal:
        if not self.shipping:
            return Decimal(0)
        left = proposals.propose(return_, quantities=self.quantities).shipping_left
        return shipping_wanted(self.shipping, left)

    def pay(self, context: Context, return_: Return, key: str | None) -> Refund:
        """Pay back, once per key."""
        return payouts.refund(
            return_,
            actor=context.actor,
            key=uuid_of(context, key),
            quantities=self.quantities,
            amount=self.amount,
            shipping=self._shipping(return_),
            note=self.note,
            over_reason=OVER if self.may_exceed else "",
            **self._wishes(),
        )


def parts_of(
    wanted: Sequence[RefundTransactionInput], currency: str, place: tuple[str, ...]
) -> dict[int, Decimal]:
    """Return what goes to which payment (by primary key)."""
    parts: dict[int, Decimal] = defaultdict(Decimal)
    for index, each in enumerate(wanted):
        here = (*place, "orderTransactions", str(index))
        number = payment_of(number_of(each.parent_id, "OrderTransaction"))
        if each.transaction_amount.currency_code != currency:
            raise refused(
                (*here, "transactionAmount", "currencyCode"),
                "Currency does not match the currency of the order.",
                "INVALID",
            )
        if not number:
            raise refused((*here, "parentId"), "Parent transaction was not found.", "NOT_FOUND")
        parts[number] += each.transaction_amount.amount
    return dict(parts)


def credit_of(
    methods: Sequence[RefundMethodInput], currency: str, place: tuple[str, ...]
) -> Decimal:
    """Return how much is to become store credit."""
    total = Decimal(0)
    for index, method in enumerate(methods):
        credit = method.store_credit_refund
        if not credit:
            continue
        if credit.amount.currency_code != currency:
            here = (*place, "refundMethods", str(index), "storeCreditRefund", "amount")
            message = "Currency does not match the currency of the order."
            raise refused((*here, "currencyCode"), message, "INVALID")
        total += credit.amount.amount
    return total


def money_refused(error: ReturnError, place: tuple[str, ...]) -> Refused:
    """Return why money does not move. place: where the refund stands in the input."""
    roots = {"lines": place, "parts": (*place, "orderTransactions"), "amount": place}
    return translated(error, roots=roots, names={}, words={}, whole=place)

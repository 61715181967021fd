"""What money would move: proposals for a return, before anything happens."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from django.utils import timezone

from api.schema.enums import RefundMethodAllocation, SuggestedOrderTransactionKind
from api.schema.fields import output, read, shared, taken
from api.schema.money import Amount, MoneyBag, MoneyInput, bag
from api.schema.refunds import RefundDuty
from api.schema.scalars import DateTime, Money
from api.schema.transactions import OrderTransaction, gateway_name
from orders.models import Order, Payment
from returns.policies import terms as terms_of
from returns.refunds import proposals, splits
from returns.refunds.pricing import Proposal
from returns.store_credit import ledger


@taken("RefundShippingInput")
class RefundShippingInput:
    """How much of the delivery cost comes back."""

    full_refund: bool | None = False
    shipping_refund_amount: MoneyInput | None = strawberry.UNSET


def shipping_wanted(asked: RefundShippingInput | None, left: Decimal) -> Decimal:
    """Return how much of the delivery cost is asked for; `left`: all that can come back."""
    if not asked:
        return Decimal(0)
    if asked.full_refund:
        return left
    amount = asked.shipping_refund_amount
    return amount.amount if amount else Decimal(0)


@dataclass(frozen=True)
class Outcome:
    """A proposal for an order, and whether it is to become store credit."""

    order: Order
    proposal: Proposal
    payments: list[Payment]
    to_credit: bool

    def bag(self, amount: Decimal) -> Any:
        """Return an amount in the order's currency."""
        return bag(amount, self.order.currency)

    @property
    def subtotal(self) -> Decimal:
        """What the pieces bring, without tax unless prices include it."""
        proposal = self.proposal
        included = self.order.tax_included
        return proposal.items_amount if included else proposal.items_amount - proposal.items_tax

    def parts(self) -> list[Any]:
        """Return what would go to which payment."""
        left = proposals.left_on(self.payments, self.order.currency)
        rule = self.order.store.refund_split
        plan = splits.plan(self.proposal.amount, left, self.order.currency, rule=rule)
        by_id = {payment.pk: payment for payment in self.payments}
        return [Part(by_id[key], amount, self.order.currency) for key, amount in plan if amount]

    def transfer(self) -> Any:
        """Return what would move: money to the buyer, money from the buyer, or nothing."""
        if self.proposal.owed:
            return InvoiceReturnOutcome(amount=self.bag(self.proposal.owed))
        if not self.proposal.amount:
            return None
        methods: list[Any] = []
        if self.to_credit:
            methods = [
                SuggestedStoreCreditRefund(
                    amount=self.bag(self.proposal.amount),
                    maximum_refundable=self.bag(self.proposal.maximum),
                    expires_at=ledger.expiry(
                        self.order, terms_of.of_order(self.order), timezone.now()
                    ),
                )
            ]
        return RefundReturnOutcome(
            amount=self.bag(self.proposal.amount),
            suggested_transactions=[] if self.to_credit else self.parts(),
            suggested_refund_methods=methods,
        )


@dataclass(frozen=True)
class Part:
    """What would go to one payment."""

    payment: Payment
    amount: Decimal
    currency: str


@output("SuggestedOrderTransaction")
class SuggestedOrderTransaction:
    """Money that would go back on one payment."""

    kind: SuggestedOrderTransactionKind = read(lambda _row: "SUGGESTED_REFUND", "A proposal.")
    amount_set: MoneyBag = read(lambda row: bag(row.amount, row.currency), "How much.")
    amount: Money = read("amount", "How much.", old="Use `amountSet`.")
    maximum_refundable_set: MoneyBag | None = read(
        lambda row: bag(row.payment.refundable_amount, row.currency), "How much at most."
    )
    gateway: str | None = read("payment.gateway", "Through which gateway.")
    formatted_gateway: str | None = read(
        lambda row: gateway_name(row.payment.gateway), "What people call the gateway."
    )
    parent_transaction: OrderTransaction | None = read("payment", "The payment.")


@shared("SuggestedRefundMethod")
class SuggestedRefundMethod:
    """A way to pay back other than to the payments."""

    amount: MoneyBag = strawberry.field(description="How much.")
    maximum_refundable: MoneyBag = strawberry.field(description="How much at most.")


@output("SuggestedStoreCreditRefund")
class SuggestedStoreCreditRefund(SuggestedRefundMethod):
    """Store credit in place of money."""

    expires_at: DateTime | None = strawberry.field(description="Until when it can be spent.")


@output("RefundReturnOutcome")
class RefundReturnOutcome:
    """The buyer gets money."""

    amount: MoneyBag = strawberry.field(description="How much.")
    suggested_transactions: list[SuggestedOrderTransaction] = strawberry.field(
        description="To which payments."
    )
    suggested_refund_methods: list[SuggestedRefundMethod] = strawberry.field(
        description="In which other ways."
    )


@output("InvoiceReturnOutcome")
class InvoiceReturnOutcome:
    """The buyer owes money."""

    amount: MoneyBag = strawberry.field(description="How much.")


ReturnOutcomeFinancialTransfer = Annotated[
    RefundReturnOutcome | InvoiceReturnOutcome,
    strawberry.union("ReturnOutcomeFinancialTransfer", description="What money would move."),
]


@output("ShippingRefund")
class ShippingRefund:
    """What of the delivery cost would come back."""

    amount_set: MoneyBag = read(lambda row: row.bag(row.proposal.shipping_amount), "How much.")
    maximum_refundable_set: MoneyBag = read(
        lambda row: row.bag(row.proposal.shipping_left), "How much at most."
    )
    tax_set: MoneyBag = read(lambda row: row.bag(row.proposal.shipping_tax), "Its tax.")
    amount: Money = read("proposal.shipping_amount", "How much.", old="Use `amountSet`.")
    maximum_refundable: Money = read(
        "proposal.shipping_left", "How much at most.", old="Use `maximumRefundableSet`."
    )
    tax: Money = read("proposal.shipping_tax", "Its tax.", old="Use `taxSet`.")


def _nothing(row: Outcome) -> Amount:
    return row.bag(Decimal(0))


def _tax(row: Outcome) -> Amount:
    return row.bag(row.proposal.items_tax + row.proposal.shipping_tax)


@output("SuggestedReturnFinancialOutcome")
class SuggestedReturnFinancialOutcome:
    """What money would move if some of a return were processed now."""

    discounted_subtotal: MoneyBag = read(lambda row: row.bag(row.subtotal), "For the pieces.")
    maximum_refundable: MoneyBag = read(
        lambda row: row.bag(row.proposal.maximum), "What can come back at most."
    )
    total_tax: MoneyBag = read(_tax, "The tax in it.")
    total_cart_discount_amount: MoneyBag = read(
        _nothing, "The order's discounts; they are within the pieces."
    )
    total_duties: MoneyBag = read(_nothing, "Duties; orders have none.")
    total_additional_fees: MoneyBag = read(_nothing, "Further fees; orders have none.")
    refund_duties: list[RefundDuty] = read(lambda _row: [], "Duties; orders have none.")
    shipping: ShippingRefund = read(lambda row: row, "The delivery cost.")
    financial_transfer: ReturnOutcomeFinancialTransfer | None = read(
        Outcome.transfer, "What would move; nothing when all is even."
    )


@output("SuggestedReturnRefund")
class SuggestedReturnRefund:
    """What would be paid back for some of a return."""

    amount: MoneyBag = read(lambda row: row.bag(row.proposal.amount), "How much.")
    discounted_subtotal: MoneyBag = read(lambda row: row.bag(row.subtotal), "For the pieces.")
    subtotal: MoneyBag = read(lambda row: row.bag(row.subtotal), "For the pieces.")
    maximum_refundable: MoneyBag = read(
        lambda row: row.bag(row.proposal.maximum), "What can come back at most."
    )
    total_tax: MoneyBag = read(_tax, "The tax in it.")
    total_cart_discount_amount: MoneyBag = read(
        _nothing, "The order's discounts; they are within the pieces."
    )
    total_duties: MoneyBag = read(_nothing, "Duties; orders have none.")
    refund_duties: list[RefundDuty] = read(lambda _row: [], "Duties; orders have none.")
    shipping: ShippingRefund = read(lambda row: row, "The delivery cost.")
    suggested_transactions: list[SuggestedOrderTransaction] = read(
        Outcome.parts, "To which payments."
    )


STORE_CREDIT = RefundMethodAllocation.STORE_CREDIT

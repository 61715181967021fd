"""Amounts of money. An order has one currency, so the shop's amount is the buyer's too."""

from dataclasses import dataclass
from decimal import Decimal

import strawberry

from api.schema.codes import CurrencyCode
from api.schema.fields import output, read, taken
from orders.money import rounded


@output("MoneyV2")
class MoneyV2:
    """An amount with its currency."""

    amount: Decimal = strawberry.field(description="The amount, in major units.")
    currency_code: CurrencyCode = strawberry.field(description="Its currency.")


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount on its way into an answer."""

    amount: Decimal
    currency: str

    def __neg__(self) -> "Amount":
        return Amount(-self.amount, self.currency)

    def money(self) -> MoneyV2:
        """Return the amount with its currency."""
        return MoneyV2(amount=self.amount, currency_code=self.currency)


@output("MoneyBag")
class MoneyBag:
    """An amount in the currency of the shop and in that of the buyer."""

    shop_money: MoneyV2 = read(Amount.money, "In the shop's currency.")
    presentment_money: MoneyV2 = read(Amount.money, "In the buyer's currency.")


def bag(amount: Decimal, currency: str) -> Amount:
    """Return an amount for a MoneyBag field, in the currency's own digits."""
    return Amount(rounded(amount, currency), currency)


@taken("MoneyInput")
class MoneyInput:
    """An amount with its currency."""

    amount: Decimal
    currency_code: CurrencyCode

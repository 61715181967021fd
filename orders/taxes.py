"""The taxes within or on top of an amount, one by one, where the shop tells them apart."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self


@dataclass(frozen=True, kw_only=True, slots=True)
class Tax:
    """One tax as it was charged: `amount` in the order's currency.

    rate: in percent, only ever shown; what comes back is a part of the amount.
    """

    title: str
    amount: Decimal
    rate: Decimal | None = None

    def to_json(self) -> dict[str, str]:
        """Return the tax as plain data; numbers as strings, so that no digit is lost."""
        plain = {"title": self.title, "amount": str(self.amount)}
        return plain if self.rate is None else {**plain, "rate": str(self.rate)}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Return the tax that `to_json` wrote."""
        rate = plain.get("rate")
        return cls(
            title=plain["title"],
            amount=Decimal(plain["amount"]),
            rate=None if rate is None else Decimal(rate),
        )


def to_json(taxes: Iterable[Tax]) -> list[dict[str, str]]:
    """Return taxes as plain data."""
    return [tax.to_json() for tax in taxes]


def from_json(plain: Iterable[Mapping[str, Any]]) -> tuple[Tax, ...]:
    """Return the taxes that `to_json` wrote."""
    return tuple(Tax.from_json(each) for each in plain)

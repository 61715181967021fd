"""What the sums of a Shopify order mean, which its export does not say outright.

Whether prices include tax, and whether a discount went off the goods or off the shipping, follows
from how the subtotal, shipping, taxes and total add up. An order whose sums do not add up in any
of these ways is refused: a guess would end in a wrong refund.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from orders import money
from orders.intake import LineData


@dataclass(frozen=True, slots=True)
class Charged:
    """What was charged: the discount on all goods, shipping, and the taxes in or on top."""

    discount: Decimal
    shipping: Decimal
    taxes: Decimal
    tax_included: bool

    def tax_shares(
        self, lines: Sequence[LineData], taxed: Sequence[bool], currency: str
    ) -> tuple[list[Decimal], Decimal]:
        """Split the taxes over the lines that are taxed; return their shares and shipping's.

        Shipping shares where prices include tax, as it does under value added tax.
        """
        costs = [
            max(money.ZERO, line.unit_price * line.quantity - line.discount_total) * is_taxed
            for line, is_taxed in zip(lines, taxed, strict=True)
        ]
        shipping = self.shipping if self.tax_included else money.ZERO
        *shares, of_shipping = money.split(self.taxes, [*costs, shipping], currency)
        return shares, of_shipping


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums on the first row of an order, in its currency."""

    subtotal: Decimal
    shipping: Decimal
    taxes: Decimal
    total: Decimal
    discount: Decimal
    duties: Decimal
    outstanding: Decimal
    refunded: Decimal

    def explained(self, lines: Sequence[LineData]) -> Charged:
        """Return what was charged for what. Raises ValueError when the sums do not add up."""
        if min(getattr(self, name) for name in self.__slots__) < 0:
            raise ValueError(_("A sum must not be negative."))
        cost = sum(line.unit_price * line.quantity - line.discount_total for line in lines)
        discount = cost - self.subtotal
        if not 0 <= discount <= self.discount:
            message = _(
                "The lines cost %(cost)s and the discount is %(discount)s,"
                " which does not make the subtotal %(subtotal)s."
            )
            values = {"cost": cost, "discount": self.discount, "subtotal": self.subtotal}
            raise ValueError(message % values)
        free_shipping = max(money.ZERO, self.shipping - (self.discount - discount))
        for shipping in (self.shipping, free_shipping):
            for on_top in (money.ZERO, self.taxes):
                if self.subtotal + shipping + self.duties + on_top == self.total:
                    included = not on_top
                    return Charged(discount, shipping, self.taxes, included)
        message = _("Subtotal, shipping, taxes and duties do not make the total %(total)s.")
        raise ValueError(message % {"total": self.total})

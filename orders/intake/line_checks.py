"""Whether the lines of an order may come in, and what its discount makes of their prices."""

from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _

from orders import money
from orders.intake.data import LineData, ProductData
from orders.intake.field_checks import Checker, longest
from orders.models import BundleKind, OrderLine, Product, Variant
from orders.taxes import Tax

# Larger orders do not occur; a file that mixes up its columns would make one.
MOST_LINES = 5_000


def checked_lines(
    check: Checker, lines: tuple[LineData, ...], discount: Decimal
) -> tuple[LineData, ...]:
    """Return the lines in their normal form, the order's discount shared out to them."""
    return _with_order_discount(check, _lines(check, lines), discount)


def _lines(check: Checker, lines: tuple[LineData, ...]) -> tuple[LineData, ...]:
    if not lines:
        check.fail(("lines",), _("An order needs at least one line."))
    if len(lines) > MOST_LINES:
        check.fail(("lines",), _("More than %(count)d lines.") % {"count": MOST_LINES})
        return ()
    check.unique(("lines",), (line.external_id for line in lines))
    for number, line in enumerate(lines, start=1):
        if line.bundle_kind != BundleKind.NONE or line.bundle_parent is not None:
            _bundle(check, ("lines", str(number)), line, lines)
    return tuple(_line(check, ("lines", str(n)), line) for n, line in enumerate(lines, start=1))


def _line(check: Checker, here: tuple[str, ...], line: LineData) -> LineData:
    price = check.amount((*here, "unit_price"), line.unit_price)
    discount = check.amount((*here, "discount_total"), line.discount_total)
    quantity = check.count((*here, "quantity"), line.quantity)
    if discount and discount > price * quantity >= 0:
        message = _("The discount (%(discount)s) is more than the price (%(price)s).")
        values = {"discount": discount, "price": price * quantity}
        check.fail((*here, "discount_total"), message % values)
    tax, taxes = _taxes(check, here, line)
    return LineData(
        title=check.text((*here, "title"), line.title, longest(OrderLine, "title"), needed=True),
        quantity=quantity,
        unit_price=price,
        discount_total=discount,
        tax_total=tax,
        taxes=taxes,
        sku=check.text((*here, "sku"), line.sku, longest(OrderLine, "sku")),
        external_id=check.text(
            (*here, "external_id"), line.external_id, longest(OrderLine, "external_id")
        ),
        barcode=check.text((*here, "barcode"), line.barcode, longest(Variant, "barcode")),
        options=check.options((*here, "options"), line.options) if line.options else {},
        image=check.image((*here, "image"), line.image),
        bundle_kind=check.choice((*here, "bundle_kind"), line.bundle_kind, BundleKind.values),
        bundle_parent=line.bundle_parent,
        final_sale=line.final_sale,
        personalised=line.personalised,
        is_goods=line.is_goods,
        product=_product(check, (*here, "product"), line.product),
    )


def _taxes(
    check: Checker, here: tuple[str, ...], line: LineData
) -> tuple[Decimal, tuple[Tax, ...]]:
    """Return the tax of a line and what it is made of; they must say the same."""
    total = check.amount((*here, "tax_total"), line.tax_total)
    if not line.taxes:
        return total, ()
    taxes = tuple(
        Tax(
            title=check.text((*here, "taxes", str(n), "title"), tax.title, 100, needed=True),
            amount=check.amount((*here, "taxes", str(n), "amount"), tax.amount),
            rate=check.percent((*here, "taxes", str(n), "rate"), tax.rate),
        )
        for n, tax in enumerate(line.taxes, start=1)
    )
    parts = sum((tax.amount for tax in taxes), money.ZERO)
    if line.tax_total and parts != total:
        message = _("The taxes sum to %(sum)s; the line says %(total)s.")
        check.fail((*here, "taxes"), message % {"sum": parts, "total": total})
    return parts, taxes


def _product(check: Checker, here: tuple[str, ...], data: ProductData | None) -> ProductData | None:
    if data is None:
        return None
    return ProductData(
        handle=check.handle((*here, "handle"), data.handle),
        title=check.text((*here, "title"), data.title, longest(Product, "title")),
        vendor=check.text((*here, "vendor"), data.vendor, longest(Product, "vendor")),
        product_type=check.text(
            (*here, "product_type"), data.product_type, longest(Product, "product_type")
        ),
        tags=check.tags((*here, "tags"), data.tags),
        image=check.image((*here, "image"), data.image),
        final_sale=data.final_sale,
    )


def _bundle(
    check: Checker, here: tuple[str, ...], line: LineData, lines: tuple[LineData, ...]
) -> None:
    """A FIXED bundle has its price on the parent, a CONFIGURABLE one on the parts."""
    unpriced = line.bundle_kind == BundleKind.CONFIGURABLE
    if line.bundle_parent is not None:
        if not 1 <= line.bundle_parent <= len(lines):
            check.fail((*here, "bundle_parent"), _("There is no such line."))
            return
        parent = lines[line.bundle_parent - 1]
        if parent.bundle_kind == BundleKind.NONE or line.bundle_kind != BundleKind.NONE:
            check.fail((*here, "bundle_parent"), _("Only a bundle has parts, and none in parts."))
        unpriced = parent.bundle_kind == BundleKind.FIXED
    if unpriced and line.unit_price:
        check.fail(
            (*here, "unit_price"),
            _("Must be 0: a product bundle has its price, a configurable one its parts have."),
        )


def _with_order_discount(
    check: Checker, lines: tuple[LineData, ...], discount: Decimal
) -> tuple[LineData, ...]:
    """Share the order's discount out to the lines in proportion to what they cost."""
    discount = check.amount(("discount",), discount)
    if not discount or check.problems:
        return lines
    costs = [line.unit_price * line.quantity - line.discount_total for line in lines]
    if discount > sum(costs):
        check.fail(("discount",), _("The discount is more than the goods cost."))
        return lines
    shares = money.split(discount, costs, check.currency)
    return tuple(
        replace(line, discount_total=line.discount_total + share)
        for line, share in zip(lines, shares, strict=True)
    )

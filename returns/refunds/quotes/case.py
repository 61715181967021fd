"""A case: an order, what went back on it, and what is returned now, from plain JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from orders import money
from orders.models import BundleKind
from orders.money import ZERO
from orders.taxes import Tax
from returns.models import RefundStatus
from returns.models.policies import ReturnTerms, ShippingRefund
from returns.refunds.quotes.problems import QuoteRefused
from returns.refunds.quotes.reading import Reader

_CASE = frozenset({"id", "order", "return"})
_ORDER = frozenset(
    {
        "currency", "tax_included", "lines", "discounts", "shipping", "payments", "refunds",
        "terms", "outstanding",
    }
)  # fmt: skip
_LINE = frozenset(
    {
        "id", "quantity", "unit_price", "discounts", "tax", "taxes", "is_goods", "bundle_kind",
        "bundle_parent",
    }
)  # fmt: skip
_RETURN = frozenset({"lines", "shipping", "return_shipping_fee", "exchange", "amount"})
_RETURNED = frozenset(
    {
        *("line", "quantity", "restocking_percent", "return_shipping_fee"),
        *("free_of_fees", "repair", "amount", "tax"),
    }
)
_TERMS = frozenset({"restocking_fee_percent", "return_shipping_fee", "shipping_refund"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line of the order as charged, with the names that an OrderLine has.

    pk: its number from 1. subtotal: what the pieces cost after discounts, the line's share of the
    order's included.
    """

    pk: int
    id: str
    quantity: int
    subtotal: Decimal
    tax_total: Decimal
    tax_parts: tuple[Tax, ...]
    is_goods: bool
    bundle_kind: str
    bundle_parent: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Returned:
    """Pieces of a line; `amount` and `tax`: what an earlier refund paid for them, if it says.

    return_shipping_fee: what the terms say for the reason and wish of this line; None for theirs.
    repair: the pieces are repaired and sent back.
    """

    path: str
    line: str
    quantity: int
    restocking_percent: Decimal | None
    return_shipping_fee: Decimal | None
    free_of_fees: bool
    repair: bool
    amount: Decimal | None
    tax: Decimal | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Back:
    """What goes back at once: now, or in an earlier refund, where None is what is proposed.

    without_return: paid back from the order; the pieces themselves can still be returned. over: a
    person paid more than was left.
    """

    path: str
    lines: tuple[Returned, ...]
    shipping: Decimal | None
    return_shipping_fee: Decimal | None
    exchange: Decimal
    amount: Decimal | None
    without_return: bool = False
    over: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A whole case, checked value by value."""

    currency: str
    tax_included: bool
    lines: Mapping[str, Line]
    shipping: Decimal
    shipping_tax: Decimal
    payments: tuple[tuple[str, Decimal, Decimal], ...]
    refunds: tuple[Back, ...]
    terms: ReturnTerms
    outstanding: Decimal | None
    back: Back


def case_from_plain(plain: object) -> Case:
    """Return the case that plain JSON describes. Raises QuoteRefused with all that is wrong."""
    reader = Reader()
    outer = reader.fields(plain, "$", _CASE, needed=("order", "return"))
    if reader.problems:
        raise QuoteRefused(reader.problems)
    order = reader.fields(outer["order"], "$.order", _ORDER, needed=("currency", "lines"))
    reader.currency = reader.text(order, "currency", "$.order")
    if not reader.problems and not money.is_currency(reader.currency):
        message = _("“%(code)s” is not a currency.") % {"code": reader.currency[:50]}
        reader.fail("$.order.currency", message)
    if reader.problems:
        raise QuoteRefused(reader.problems)
    case = _case(reader, order, outer["return"])
    if reader.problems:
        raise QuoteRefused(reader.problems)
    return case


def _case(reader: Reader, order: Mapping[str, Any], back: object) -> Case:
    path = "$.order"
    lines = _lines(reader, order, path)
    shipping = reader.fields(order.get("shipping") or {}, f"{path}.shipping", {"amount", "tax"})
    refunds = [
        found
        for where, value in reader.items(order, "refunds", path)
        if (found := _refund(reader, value, where)) is not None
    ]
    return Case(
        currency=reader.currency,
        tax_included=reader.flag(order, "tax_included", path, default=True),
        lines=_discounted(reader, lines, order, path),
        shipping=reader.amount(shipping, "amount", f"{path}.shipping"),
        shipping_tax=reader.amount(shipping, "tax", f"{path}.shipping"),
        payments=_payments(reader, order, path),
        refunds=tuple(refunds),
        terms=_terms(reader, order, path),
        outstanding=reader.amount_or_none(order, "outstanding", path),
        back=_back(reader, back, "$.return", _RETURN),
    )


def _lines(reader: Reader, order: Mapping[str, Any], path: str) -> dict[str, Line]:
    lines: dict[str, Line] = {}
    for number, (where, value) in enumerate(reader.items(order, "lines", path), start=1):
        line = _line(reader, value, where, number)
        if line.id in lines:
            reader.fail(f"{where}.id", _("The id “%(id)s” occurs twice.") % {"id": line.id[:50]})
        lines[line.id] = line
    return lines


def _line(reader: Reader, value: object, path: str, number: int) -> Line:
    plain = reader.fields(value, path, _LINE, needed=("id", "quantity", "unit_price"))
    quantity = reader.count(plain, "quantity", path, least=1)
    price = reader.decimal(plain.get("unit_price") or 0, f"{path}.unit_price")
    discounts = [
        reader.decimal(each, where) for where, each in reader.items(plain, "discounts", path)
    ]
    if (off := sum(discounts, ZERO)) > price * quantity:
        values = {"discount": off, "price": price * quantity}
        message = _("The discount (%(discount)s) is more than the price (%(price)s).")
        reader.fail(f"{path}.discounts", message % values)
    tax, taxes = _tax(reader, plain, path)
    return Line(
        pk=number,
        id=reader.text(plain, "id", path),
        quantity=quantity,
        subtotal=price * quantity - off,
        tax_total=tax,
        tax_parts=taxes,
        is_goods=reader.flag(plain, "is_goods", path, default=True),
        bundle_kind=reader.choice(plain, "bundle_kind", path, BundleKind.values, "NONE"),
        bundle_parent=reader.text(plain, "bundle_parent", path),
    )


def _tax(reader: Reader, plain: Mapping[str, Any], path: str) -> tuple[Decimal, tuple[Tax, ...]]:
    """Return the tax of a line, and one by one where the case tells it so."""
    taxes = []
    for where, value in reader.items(plain, "taxes", path):
        each = reader.fields(value, where, {"title", "rate", "amount"}, needed=("amount",))
        taxes.append(
            Tax(
                title=reader.text(each, "title", where),
                rate=reader.percent(each, "rate", where),
                amount=reader.decimal(each.get("amount") or 0, f"{where}.amount"),
            )
        )
    parts = sum((tax.amount for tax in taxes), ZERO)
    if plain.get("tax") is None:
        return parts, tuple(taxes)
    total = reader.decimal(plain["tax"], f"{path}.tax")
    if taxes and total != parts:
        message = _("The taxes sum to %(sum)s; the line says %(total)s.")
        reader.fail(f"{path}.taxes", message % {"sum": parts, "total": total})
    return total, tuple(taxes)


def _discounted(
    reader: Reader, lines: dict[str, Line], order: Mapping[str, Any], path: str
) -> dict[str, Line]:
    """Share each of the order's discounts out to its lines in proportion to what they cost.

    Costs are rounded before, so that no share can be more than its line.
    """
    found = reader.items(order, "discounts", path)
    for name, line in lines.items() if found else ():
        lines[name] = replace(line, subtotal=money.rounded(line.subtotal, reader.currency))
    for where, value in found:
        plain = reader.fields(value, where, {"amount", "lines"}, needed=("amount",))
        chosen = [
            name if isinstance(name, str) else str(name)
            for _where, name in reader.items(plain, "lines", where)
        ]
        for name in chosen:
            if name not in lines:
                reader.fail(f"{where}.lines", _("There is no line “%(id)s”.") % {"id": name[:50]})
        amount = reader.amount(plain, "amount", where)
        names = [name for name in dict.fromkeys(chosen or lines) if name in lines]
        costs = [lines[name].subtotal for name in names]
        if len(names) == len(set(chosen or lines)) and amount > sum(costs):
            reader.fail(f"{where}.amount", _("The discount is more than the goods cost."))
        if reader.problems or not names:
            return lines
        for name, share in zip(names, money.split(amount, costs, reader.currency), strict=True):
            lines[name] = replace(lines[name], subtotal=lines[name].subtotal - share)
    return lines


def _payments(
    reader: Reader, order: Mapping[str, Any], path: str
) -> tuple[tuple[str, Decimal, Decimal], ...]:
    """Return (id, captured, refunded past these refunds) in the order given."""
    found: dict[str, tuple[str, Decimal, Decimal]] = {}
    for where, value in reader.items(order, "payments", path):
        plain = reader.fields(value, where, {"id", "amount", "refunded"}, needed=("id", "amount"))
        name = reader.text(plain, "id", where)
        amount = reader.amount(plain, "amount", where)
        refunded = reader.amount(plain, "refunded", where)
        if refunded > amount:
            reader.fail(f"{where}.refunded", _("This is more than was paid."))
        if name in found:
            reader.fail(f"{where}.id", _("The id “%(id)s” occurs twice.") % {"id": name[:50]})
        found[name] = (name, amount, refunded)
    return tuple(found.values())


def _terms(reader: Reader, order: Mapping[str, Any], path: str) -> ReturnTerms:
    path = f"{path}.terms"
    plain = reader.fields(order.get("terms") or {}, path, _TERMS)
    default = ShippingRefund.FULL_RETURN.value
    return ReturnTerms(
        restocking_fee_percent=reader.percent(plain, "restocking_fee_percent", path) or ZERO,
        return_shipping_fee=reader.amount(plain, "return_shipping_fee", path),
        shipping_refund=reader.choice(
            plain, "shipping_refund", path, ShippingRefund.values, default
        ),
    )


def _refund(reader: Reader, value: object, path: str) -> Back | None:
    """Return an earlier refund, or None for one that failed: nothing of it went out."""
    found = _back(reader, value, path, _RETURN | {"status", "without_return", "over"})
    plain = value if isinstance(value, Mapping) else {}
    found = replace(
        found,
        without_return=reader.flag(plain, "without_return", path, default=False),
        over=reader.flag(plain, "over", path, default=False),
    )
    status = reader.choice(plain, "status", path, RefundStatus.values, "SUCCEEDED")
    return None if status == RefundStatus.FAILED else found


def _back(reader: Reader, value: object, path: str, known: frozenset[str]) -> Back:
    plain = reader.fields(value, path, known)
    return Back(
        path=path,
        lines=tuple(_returned(reader, each, at) for at, each in reader.items(plain, "lines", path)),
        shipping=reader.amount_or_none(plain, "shipping", path),
        return_shipping_fee=reader.amount_or_none(plain, "return_shipping_fee", path),
        exchange=reader.amount(plain, "exchange", path),
        amount=reader.amount_or_none(plain, "amount", path),
    )


def _returned(reader: Reader, value: object, path: str) -> Returned:
    plain = reader.fields(value, path, _RETURNED, needed=("line", "quantity"))
    return Returned(
        path=path,
        line=reader.text(plain, "line", path),
        quantity=reader.count(plain, "quantity", path, least=0),
        restocking_percent=reader.percent(plain, "restocking_percent", path),
        return_shipping_fee=reader.amount_or_none(plain, "return_shipping_fee", path),
        free_of_fees=reader.flag(plain, "free_of_fees", path, default=False),
        repair=reader.flag(plain, "repair", path, default=False),
        amount=reader.amount_or_none(plain, "amount", path),
        tax=reader.amount_or_none(plain, "tax", path),
    )

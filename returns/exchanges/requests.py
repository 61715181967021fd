"""Asking for a replacement: check what is asked, price it, hold the pieces, store it.

These are the steps of `lifecycle.request`, `lifecycle.create` and `exchanges.add_exchanges`, which
hold the locks.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from orders import stock
from orders.models import BundleKind, FulfillmentLine, Order, OrderLine, Variant
from orders.money import ZERO, is_exact, rounded
from returns import resolutions
from returns.errors import (
    InvalidAmount,
    InvalidQuantity,
    NotExchangeable,
    OutOfStock,
    ReturnError,
    UnknownLine,
)
from returns.exchanges import prices
from returns.exchanges.prices import Price
from returns.models import ExchangeLine, Resolution, Return, ReturnLine
from returns.models.policies import Exchanges, ReturnTerms
from returns.policies import terms as terms_of
from returns.requests import LineRequest

# More than fits a parcel is a mistake; the same limit keeps sums within their columns.
MOST_PIECES = 1000


@dataclass(frozen=True, kw_only=True)
class ExchangeRequest:
    """A wish to get `quantity` pieces of a variant in place of what goes back.

    replaces: the index of the wish among the lines of `lifecycle.request` and `lifecycle.create`;
    the return line's primary key for `exchanges.add_exchanges`; None for nothing in particular.
    discount: off the listed price of all pieces, in the order's currency, as staff agree on it.
    """

    variant_id: int
    quantity: int
    replaces: int | None = None
    discount: Decimal = ZERO


@dataclass(frozen=True, kw_only=True)
class Replaced:
    """Pieces that go back: `quantity` of a line of the order, of which `start` went before.

    exchanged: of the pieces, those that have a replacement already. reason: why they go back, a
    handle; "" when that is not told.
    """

    bought: OrderLine
    quantity: int
    start: int
    location_id: int | None = None
    exchanged: int = 0
    reason: str = ""


def replaced(
    chosen: Sequence[tuple[FulfillmentLine, int]],
    parcels: Sequence[FulfillmentLine],
    reasons: Sequence[str] = (),
) -> dict[int, Replaced]:
    """Say, by the index of each choice, what of a bought line its pieces are; no queries.

    chosen: fulfilment lines with `order_line` and `fulfillment`, and pieces of each. parcels: all
    that was sent of the order. reasons: a handle for each choice, "" for none; empty for none.
    """
    taken: dict[int, int] = defaultdict(int)
    for parcel in parcels:
        taken[parcel.order_line_id] += parcel.returning_quantity
    found = {}
    for index, (parcel, count) in enumerate(chosen):
        found[index] = Replaced(
            bought=parcel.order_line,
            quantity=count,
            start=taken[parcel.order_line_id],
            location_id=parcel.fulfillment.location_id,
            reason=reasons[index] if reasons else "",
        )
        taken[parcel.order_line_id] += count
    return found


@dataclass(frozen=True, kw_only=True)
class CheckedExchange:
    """A wish that was found possible, with its price."""

    wish: ExchangeRequest
    variant: Variant
    price: Price
    replaced: Replaced | None

    @property
    def resolution(self) -> Resolution:
        """What having it is."""
        before = self.replaced.bought.variant if self.replaced else None
        sold = None if before is None else (before.pk, before.product_id)
        return resolutions.of_variant(self.variant.pk, self.variant.product_id, sold)


def check(
    order: Order,
    wishes: Sequence[ExchangeRequest],
    replaced: Mapping[int, Replaced],
    *,
    override_policy: bool,
) -> list[CheckedExchange]:
    """Check wishes for replacements and price them; one bad wish refuses all.

    replaced: what goes back, by what `ExchangeRequest.replaces` says. override_policy: set aside
    what only the policy refuses. Raises UnknownLine, InvalidQuantity, InvalidAmount,
    NotExchangeable; their field is ("exchanges", index, ...). Stock is checked by `reserve`.
    """
    known = _known(order, wishes, replaced, override_policy=override_policy)
    return [_check_wish(known, index, wish) for index, wish in enumerate(wishes)]


def check_with(
    order: Order,
    wishes: Sequence[ExchangeRequest],
    chosen: Sequence[tuple[FulfillmentLine, int]],
    parcels: Sequence[FulfillmentLine],
    reasons: Sequence[str] = (),
    *,
    override_policy: bool,
) -> list[CheckedExchange]:
    """Do as `check` does for a return that is asked for; without wishes at no cost.

    chosen, parcels and reasons: as in `replaced`.
    """
    if not wishes:
        return []
    return check(order, wishes, replaced(chosen, parcels, reasons), override_policy=override_policy)


def resolutions_of(
    wishes: Sequence[ExchangeRequest],
    lines: Sequence[LineRequest],
    parcels: Sequence[FulfillmentLine],
) -> dict[int, Resolution]:
    """Say, by the index of the lines of a return that is asked for, what replaces them.

    lines: that are asked for. parcels: all that was sent, with `order_line`. Of several
    replacements for a line the first one counts. One query; none without wishes.
    """
    if not wishes:
        return {}
    sold = {parcel.pk: parcel.order_line.variant_id for parcel in parcels}
    bought = {n: sold.get(line.fulfillment_line_id) for n, line in enumerate(lines)}
    ids = {wish.variant_id for wish in wishes} | {pk for pk in bought.values() if pk}
    products = dict(Variant.objects.filter(pk__in=ids).values_list("pk", "product_id"))
    found: dict[int, Resolution] = {}
    for wish in wishes:
        if wish.replaces is not None and wish.replaces not in found:
            before = bought.get(wish.replaces) or 0
            found[wish.replaces] = resolutions.of_variant(
                wish.variant_id,
                products.get(wish.variant_id, 0),
                (before, products[before]) if before in products else None,
            )
    return found


def problems(
    order: Order, wishes: Sequence[ExchangeRequest], replaced: Mapping[int, Replaced]
) -> list[ReturnError]:
    """Return what `check` and `hold` would refuse, one error per wish, for a form to show."""
    known = _known(order, wishes, replaced, override_policy=False)
    left = stock.free([wish.variant_id for wish in wishes])
    found: list[ReturnError] = []
    for index, wish in enumerate(wishes):
        try:
            checked = _check_wish(known, index, wish)
        except ReturnError as error:
            found.append(error)
        else:
            if left.get(wish.variant_id, 0) < wish.quantity:
                found.append(sold_out(checked.variant, ("exchanges", str(index))))
    return found


def quote(
    order: Order,
    wishes: Sequence[ExchangeRequest],
    chosen: Sequence[tuple[FulfillmentLine, int]],
    parcels: Sequence[FulfillmentLine],
    reasons: Sequence[str] = (),
) -> Decimal | None:
    """Return what replacements would cost, tax in it, as far as they are possible; None without.

    chosen, parcels and reasons: as in `replaced`.
    """
    if not wishes:
        return None
    part = replaced(chosen, parcels, reasons)
    known = _known(order, wishes, part, override_policy=False)
    total = ZERO
    for index, wish in enumerate(wishes):
        with suppress(ReturnError):
            checked = _check_wish(known, index, wish)
            total += prices.gross_of(checked.price, wish.quantity, order)
    return total


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What wishes are checked against; `taken` counts the pieces of the wishes before."""

    order: Order
    terms: ReturnTerms
    variants: Mapping[int, Variant]
    replaced: Mapping[int, Replaced]
    override_policy: bool
    taken: dict[int, int]


def _known(
    order: Order,
    wishes: Sequence[ExchangeRequest],
    replaced: Mapping[int, Replaced],
    *,
    override_policy: bool,
) -> _Known:
    ids = {wish.variant_id for wish in wishes}
    # Those that were bought, too: whether an exchange is even depends on their prices.
    ids |= {part.bought.variant_id for part in replaced.values() if part.bought.variant_id}
    variants = Variant.objects.select_related("product").in_bulk(ids)
    for part in replaced.values():
        if part.bought.variant_id:
            part.bought.variant = variants[part.bought.variant_id]
    return _Known(
        order=order,
        terms=terms_of.of_order(order),
        variants=variants,
        replaced=replaced,
        override_policy=override_policy,
        taken=defaultdict(int),
    )


def _check_wish(known: _Known, index: int, wish: ExchangeRequest) -> CheckedExchange:
    field = ("exchanges", str(index))
    variant = known.variants.get(wish.variant_id)
    if variant is None:
        raise UnknownLine(_("This item is not for sale any more."), field=(*field, "variant"))
    if not 0 < wish.quantity <= MOST_PIECES:
        raise InvalidQuantity(
            _("Choose 1 to %(most)s pieces.") % {"most": MOST_PIECES}, field=(*field, "quantity")
        )
    part = None if wish.replaces is None else known.replaced.get(wish.replaces)
    if wish.replaces is not None and part is None:
        raise UnknownLine(_("Choose which item this replaces."), field=(*field, "replaces"))
    if not known.override_policy:
        _check_policy(known, variant, part, wish, field)
    price = _price(known, variant, part, wish, field)
    if wish.replaces is not None:
        known.taken[wish.replaces] += wish.quantity
    return CheckedExchange(wish=wish, variant=variant, price=price, replaced=part)


def _check_policy(
    known: _Known,
    variant: Variant,
    part: Replaced | None,
    wish: ExchangeRequest,
    field: tuple[str, ...],
) -> None:
    if part is None:
        if known.terms.exchanges == Exchanges.NONE:
            raise NotExchangeable(_("Exchanges are not offered for this item."), field=field)
        raise UnknownLine(_("Choose which item this replaces."), field=(*field, "replaces"))
    _check_offered(terms_of.of_line(known.terms, part.bought, part.reason), variant, part, field)
    left = _left(known, part, wish)
    if wish.quantity > left:
        raise InvalidQuantity(
            _("Choose at most %(left)s pieces: no more go back.") % {"left": left},
            field=(*field, "quantity"),
        )


def _check_offered(
    terms: ReturnTerms, variant: Variant, part: Replaced, field: tuple[str, ...]
) -> None:
    """Refuse what the terms of the line do not offer in its place."""
    before = part.bought.variant
    sold = None if before is None else (before.pk, before.product_id)
    wanted = resolutions.of_variant(variant.pk, variant.product_id, sold)
    is_bundle = part.bought.bundle_kind != BundleKind.NONE
    if wanted in terms.resolutions and not is_bundle:
        return
    if is_bundle:
        raise NotExchangeable(_("Exchanges are not offered for this item."), field=field)
    if wanted == Resolution.REPLACEMENT and terms.exchanges != Exchanges.NONE:
        message = _("The same article again is not offered for this item. Choose another one.")
    elif wanted == Resolution.ANY_PRODUCT and terms.exchanges == Exchanges.SAME_PRODUCT:
        message = _("Choose another variant of the same product.")
    else:
        raise NotExchangeable(_("Exchanges are not offered for this item."), field=field)
    raise NotExchangeable(message, field=(*field, "variant"))


def _left(known: _Known, part: Replaced, wish: ExchangeRequest) -> int:
    """Count the pieces going back that have no replacement yet."""
    return part.quantity - part.exchanged - known.taken.get(wish.replaces or 0, 0)


def _price(
    known: _Known,
    variant: Variant,
    part: Replaced | None,
    wish: ExchangeRequest,
    field: tuple[str, ...],
) -> Price:
    order = known.order
    _check_discount(order, variant, wish, field)
    fits = part is not None and wish.quantity <= _left(known, part, wish) and not wish.discount
    if part is not None and fits and prices.is_even(variant, part.bought):
        start = part.start + part.exchanged + known.taken.get(wish.replaces or 0, 0)
        return prices.even(part.bought, order, start=start, count=wish.quantity)
    if order.currency != order.store.currency:
        raise NotExchangeable(
            _("This item has no price in %(currency)s.") % {"currency": order.currency},
            field=(*field, "variant"),
        )
    lines = list(order.lines.all()) if part is None else [part.bought]
    return prices.listed(variant, order, lines, count=wish.quantity, discount=wish.discount)


def _check_discount(
    order: Order, variant: Variant, wish: ExchangeRequest, field: tuple[str, ...]
) -> None:
    if not is_exact(wish.discount, order.currency) or wish.discount < 0:
        raise InvalidAmount(
            _("Enter an amount in %(currency)s, 0 or more, without further digits.")
            % {"currency": order.currency},
            field=(*field, "discount"),
        )
    if wish.discount > rounded(variant.price, order.currency) * wish.quantity:
        raise InvalidAmount(_("The discount is more than the price."), field=(*field, "discount"))


def sold_out(variant: Variant, field: tuple[str, ...]) -> OutOfStock:
    """Return the error that a variant (with `product`) has just been sold out."""
    options = ", ".join(str(value) for value in variant.options.values())
    name = f"{variant.product.title} ({options})" if options else variant.product.title
    return OutOfStock(
        _("%(name)s has just sold out. Choose another one, or take the money back.")
        % {"name": name},
        field=(*field, "variant"),
    )


def store(
    return_: Return,
    checked: Sequence[CheckedExchange],
    line_of: Callable[[CheckedExchange], ReturnLine | None],
    *,
    at: datetime,
) -> list[ExchangeLine]:
    """Hold the pieces and store replacements of a locked return; counts them, without saving.

    line_of: the return line that each replaces. Raises OutOfStock; then undo the transaction.
    """
    # One call, so that the rows of stock are locked in their order; the place where the first
    # piece came from is preferred for all.
    prefer = next((each.replaced.location_id for each in checked if each.replaced), None)
    wanted = [(each.wish.variant_id, each.wish.quantity) for each in checked]
    held = stock.reserve(wanted, prefer=prefer)
    hours = terms_of.of_return(return_).reservation_hours
    lines = []
    for index, (each, row) in enumerate(zip(checked, held, strict=True)):
        if row is None:
            raise sold_out(each.variant, ("exchanges", str(index)))
        lines.append(
            ExchangeLine(
                for_return=return_,
                return_line=line_of(each),
                variant=each.variant,
                quantity=each.wish.quantity,
                sku=each.variant.sku,
                title=each.variant.product.title,
                options=each.variant.options,
                image=each.variant.product.image,
                unit_price=each.price.unit_price,
                discount_total=each.price.discount_total,
                tax_total=each.price.tax_total,
                is_even=each.price.is_even,
                location_id=row.location_id,
                reserved_quantity=each.wish.quantity,
                reserved_until=at + timedelta(hours=hours),
            )
        )
    return_.exchange_quantity += sum(line.quantity for line in lines)
    return ExchangeLine.objects.bulk_create(lines)


def store_with(
    return_: Return,
    lines: Sequence[ReturnLine],
    checked: Sequence[CheckedExchange],
    *,
    at: datetime,
) -> dict[str, Any]:
    """Store replacements with the new return they were checked for; returns what its event tells.

    lines: the return's, in the order of the wishes. Raises OutOfStock.
    """
    if not checked:
        return {}

    def line_of(each: CheckedExchange) -> ReturnLine | None:
        return None if each.wish.replaces is None else lines[each.wish.replaces]

    made = store(return_, checked, line_of, at=at)
    return_.save(update_fields=["exchange_quantity"])
    return {"exchanges": told(made, {line.pk: line.quantity for line in made})}


def told(lines: Iterable[ExchangeLine], pieces: Mapping[int, int]) -> list[dict[str, Any]]:
    """Return what events tell of pieces by exchange line."""
    return [
        {"title": line.title, "options": line.options_text, "quantity": pieces[line.pk]}
        for line in lines
        if pieces.get(line.pk)
    ]


def are_those_of(made: Return, wishes: Sequence[ExchangeRequest]) -> bool:
    """Whether a return that was made has just the replacements that are wished for."""
    stored: Counter[int] = Counter()
    for line in made.exchange_lines.all():
        stored[line.variant_id] += line.agreed_quantity
    for wish in wishes:
        stored[wish.variant_id] -= wish.quantity
    return not any(stored.values())


def hold_again(return_: Return, lines: Sequence[ExchangeLine], *, at: datetime) -> None:
    """Hold what was given up of locked replacements that are now paid, where it is left.

    What has sold out meanwhile stays as it is: staff choose another one, or pay back.
    """
    missing = [line for line in lines if line.reserved_quantity < line.unprocessed_quantity]
    wanted = [
        (line.variant_id, line.unprocessed_quantity - line.reserved_quantity) for line in missing
    ]
    hours = terms_of.of_return(return_).reservation_hours
    held = stock.reserve(wanted, only=[line.location_id for line in missing])
    for line, row in zip(missing, held, strict=True):
        if row is not None:
            line.reserved_quantity = line.unprocessed_quantity
            line.reserved_until = at + timedelta(hours=hours)
    ExchangeLine.objects.bulk_update(missing, ["reserved_quantity", "reserved_until"])

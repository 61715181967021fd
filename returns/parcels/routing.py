"""Which location each line of a return goes back to."""

from collections.abc import Mapping, Sequence
from typing import Final

from accounts.rows_by_key import RowsByKey
from orders.models import Location, Product, Variant
from returns.models import Return, ReturnLine, ReturnRoute
from returns.models.policies import ReturnTerms
from returns.policies import terms as terms_of


def locations(return_: Return, lines: Sequence[ReturnLine]) -> dict[int, Location | None]:
    """Return the location by return line: its terms', else of the first route that fits.

    Without either it is the store's. lines: loaded with `fulfillment_line.order_line` and `reason`.
    A location that takes no returns any more is passed over. One query; one more each where routes
    ask for the product, and where terms name a location.
    """
    agreed = _agreed(return_, lines)
    return {**_routed(return_, lines), **agreed}


def _agreed(return_: Return, lines: Sequence[ReturnLine]) -> dict[int, Location]:
    """Return the locations that the terms of lines name; no query where none do."""
    usual = terms_of.of_order(return_.order)
    codes = {line.pk: _terms(usual, line).location for line in lines}
    named = {code for code in codes.values() if code}
    if not named:
        return {}
    found = Location.objects.filter(code__in=named, accepts_returns=True).in_bulk(field_name="code")
    return {key: found[code] for key, code in codes.items() if code in found}


def _terms(usual: ReturnTerms, line: ReturnLine) -> ReturnTerms:
    """Return the terms of a line; its reason is loaded only where they depend on it."""
    sold = line.fulfillment_line.order_line
    depends = sold.return_terms and "by_reason" in sold.return_terms
    reason = line.reason.handle if depends else ""
    return terms_of.of_line(usual, sold, reason, line.resolution)


def _routed(return_: Return, lines: Sequence[ReturnLine]) -> dict[int, Location | None]:
    """Return the location by return line as the ways back and the store say."""
    country = buyer_country(return_)
    routes = [route for route in _ROUTES.rows([return_.store_id]) if route.country in ("", country)]
    products = _products(lines) if any(_asks_product(route) for route in routes) else {}
    return {
        line.pk: next(
            (route.location for route in routes if _fits(route, products.get(line.pk))),
            return_.store.return_location,
        )
        for line in lines
    }


_ROUTES: Final = RowsByKey(
    lambda: (
        ReturnRoute.objects.filter(location__accepts_returns=True)
        .select_related("location")
        .order_by("position", "pk")
    ),
    "store",
)


def buyer_country(return_: Return) -> str:
    """Return the country that the goods were sent to; "" when the shop did not say."""
    order = return_.order
    address = order.shipping_address or order.billing_address
    return str(address.get("country") or "").upper()


def _asks_product(route: ReturnRoute) -> bool:
    return bool(route.product_id or route.product_type)


def _fits(route: ReturnRoute, product: Product | None) -> bool:
    if not _asks_product(route):
        return True
    if product is None:
        return False
    if route.product_id:
        return route.product_id == product.pk
    return route.product_type.casefold() == product.product_type.casefold()


def _products(lines: Sequence[ReturnLine]) -> Mapping[int, Product]:
    """Return the product by return line, in one query; bundles and unknown articles have none."""
    sold = {line.pk: line.fulfillment_line.order_line for line in lines}
    variants = {line.variant_id for line in sold.values() if line.variant_id}
    found = {variant.pk: variant.product for variant in _VARIANTS.rows(variants)}
    return {
        key: found[line.variant_id]
        for key, line in sold.items()
        if line.variant_id and line.variant_id in found
    }


_VARIANTS: Final = RowsByKey(lambda: Variant.objects.select_related("product"))

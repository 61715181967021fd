"""Orders: `/orders`, and an order's items as resources of their own in other documents."""

from collections.abc import Sequence
from typing import Any

from babel.core import Locale
from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.glue import documents, errors, items, prices
from api.glue.asking import Asked
from api.glue.attributes import OrderAttributes
from api.glue.base import GlueView
from api.glue.documents import Resource
from api.glue.items import Item
from api.glue.paging import page_of
from api.glue.schema import LANGUAGE, PAGE, describe, document, fields_of
from orders.models import BundleKind, Order
from orders.money import minor_units
from orders.queries import NEWEST_FIRST
from returns.refunds.pricing import gross


def own(user: User) -> QuerySet[Order]:
    """Return the orders of a login's customers: the start of every fetch of one."""
    found = Order.objects.filter(customer__user=user)
    return found.select_related("store", "customer")


def order_resource(asked: Asked, order: Order, its: Sequence[Item]) -> Resource:
    """Return an order with its items."""
    wanted = asked.fields.get("orders")
    attributes = {
        "merchantReferences": [],
        "itemStates": list(dict.fromkeys(item.state.value for item in its)),
        "createdAt": moment(order.placed_at),
        "currencyIsoCode": order.currency,
        "priceMode": "GROSS_MODE" if order.tax_included else "NET_MODE",
        "store": order.store.code,
        "totals": prices.totals(order, its),
        "billingAddress": _address(asked, order.billing_address),
        "shippingAddress": _address(asked, order.shipping_address),
        "items": [] if wanted and "items" not in wanted else [item_attributes(i) for i in its],
        "expenses": _expenses(order),
        "calculatedDiscounts": [],
        "bundleItems": [],
    }
    path = ["orders", order.reference]
    return documents.resource(asked, "orders", order.reference, attributes, path=path)


def item_resource(asked: Asked, item: Item) -> Resource:
    """Return an item of an order as a resource of its own."""
    path = ["orders", item.order.reference, "order-items", item.uuid]
    return documents.resource(asked, "order-items", item.uuid, item_attributes(item), path=path)


def item_attributes(item: Item) -> dict[str, Any]:
    """Return what is to be told of an item."""
    line, till = item.line, item.returnable_till
    is_bundle = line.bundle_kind == BundleKind.FIXED
    fixed = item.parent is not None and item.parent.bundle_kind == BundleKind.FIXED
    return {
        "merchantReference": None,
        "state": item.state.value,
        "name": line.title,
        "sku": line.sku,
        **prices.of_item(item),
        "orderReference": item.order.reference,
        "uuid": item.uuid,
        "isReturnable": item.is_returnable,
        "returnableTill": till.isoformat() if till else None,
        "notReturnableReasons": item.refusals,
        "idShipment": None,
        "bundleItemIdentifier": str(line.uuid) if is_bundle else None,
        "relatedBundleItemIdentifier": str(item.parent.uuid) if item.parent and fixed else None,
        "salesOrderConfiguredBundle": None
        if item.parent is None or fixed
        else {"name": item.parent.title, "quantity": item.parent.quantity},
        "salesOrderConfiguredBundleItem": None,
        "metadata": {"superAttributes": line.options, "image": line.image},
        "salesUnit": None,
        "calculatedDiscounts": [],
        "productOptions": [],
        "amount": None,
    }


def moment(value: Any) -> str:
    """Return a moment as Spryker writes it, in UTC."""
    return f"{value:%Y-%m-%d %H:%M:%S.%f}"


def _expenses(order: Order) -> list[dict[str, Any]]:
    if not order.shipping_amount:
        return []
    paid = gross(order.shipping_amount, order.shipping_tax, tax_included=order.tax_included)
    price, included = minor_units(order.shipping_amount, order.currency), order.tax_included
    tax = minor_units(order.shipping_tax, order.currency)
    return [
        {
            "type": "SHIPMENT_EXPENSE_TYPE",
            "name": "Shipping",
            "sumPrice": price,
            "unitGrossPrice": price if included else 0,
            "sumGrossPrice": price if included else 0,
            "unitNetPrice": 0 if included else price,
            "sumNetPrice": 0 if included else price,
            "unitTaxAmount": tax,
            "sumTaxAmount": tax,
            "unitPriceToPayAggregation": minor_units(paid, order.currency),
            "sumPriceToPayAggregation": minor_units(paid, order.currency),
        }
    ]


def _address(asked: Asked, address: dict[str, Any]) -> dict[str, str | None] | None:
    """Return an address in Spryker's fields; None for an empty one."""
    if not any(address.values()):
        return None
    first, _space, last = str(address.get("name") or "").rpartition(" ")
    code = str(address.get("country") or "").upper()
    return {
        "salutation": None,
        "firstName": first,
        "middleName": None,
        "lastName": last,
        "address1": str(address.get("line1") or ""),
        "address2": address.get("line2") or None,
        "address3": address.get("region") or None,
        "company": address.get("company") or None,
        "city": str(address.get("city") or ""),
        "zipCode": str(address.get("postal_code") or ""),
        "poBox": None,
        "phone": address.get("phone") or None,
        "cellPhone": None,
        "description": None,
        "comment": None,
        "email": None,
        "country": _country(code, asked.language),
        "iso2Code": code,
    }


def _country(code: str, language: str) -> str:
    known = Locale.parse("de" if language.startswith("de") else "en").territories
    return str(known.get(code, code))


class Orders(GlueView):
    """A customer's orders."""

    @describe(
        "The customer's orders, newest first.",
        answers={200: document("orders", OrderAttributes, many=True)},
        errors=(401, 403),
        parameters=[*PAGE, *fields_of("orders"), LANGUAGE],
        name="listOrders",
        tag="orders",
        needs_token=True,
    )
    def get(self, request: Request) -> Response:
        """Return a page of the customer's orders."""
        asked = self.asked()
        rows, total = page_of(own(self.login).order_by(*NEWEST_FIRST), asked)
        its = items.of_orders(rows) if rows else {}
        data = [order_resource(asked, order, its[order.pk]) for order in rows]
        return Response(documents.collection(asked, data, total=total))


class OneOrder(GlueView):
    """One of a customer's orders."""

    @describe(
        "One of the customer's orders.",
        answers={200: document("orders", OrderAttributes)},
        errors=(401, 403, 404),
        parameters=[*fields_of("orders"), LANGUAGE],
        name="getOrder",
        tag="orders",
        needs_token=True,
    )
    def get(self, request: Request, reference: str) -> Response:
        """Return an order by its reference."""
        order = own(self.login).filter(reference__in=spelled(reference)).order_by("-pk").first()
        if order is None:
            raise errors.order_not_found()
        asked = self.asked()
        found = order_resource(asked, order, items.of_orders([order])[order.pk])
        return Response(documents.single(asked, found))


def spelled(reference: str) -> list[str]:
    """Return how a reference may be stored: `#` starts a fragment, so programs leave it out."""
    return [] if "\0" in reference else [reference, f"#{reference}"]

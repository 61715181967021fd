"""What can be asked for."""

from collections.abc import Sequence
from typing import Any

import strawberry
from strawberry import UNSET

from api.engine import gids
from api.schema.api_versions import ApiVersion, public_versions
from api.schema.calculated import CalculatedReturn, CalculateReturnInput, calculate
from api.schema.connections import Connection, Sorted, connection, with_arguments
from api.schema.enums import (
    LocationSortKeys,
    OrderSortKeys,
    ReturnReasonDefinitionSortKeys,
    WebhookSubscriptionFormat,
    WebhookSubscriptionSortKeys,
)
from api.schema.fields import output, read
from api.schema.fulfillments import (
    Fulfillment,
    FulfillmentOrder,
    ReturnableFulfillment,
    fulfillments_of,
    returnables,
)
from api.schema.nodes import Node, all_by_gid, by_gid
from api.schema.order_search import sorted_orders
from api.schema.orders import Order
from api.schema.people import Customer
from api.schema.places import Location
from api.schema.products import ProductVariant
from api.schema.reasons import ReturnReasonDefinition, definitions
from api.schema.refunds import Refund
from api.schema.returns import Return
from api.schema.reverse import ReverseDelivery, ReverseFulfillmentOrder
from api.schema.scalars import URL
from api.schema.shop import Shop, shop
from api.schema.store_credit import StoreCreditAccount, StoreCreditConfiguration
from api.schema.webhook_topics import WebhookSubscriptionTopic
from api.schema.webhooks import WebhookSubscription, sorted_subscriptions
from orders.models import Location as LocationRow

ID = (strawberry.ID, UNSET)


def _one(type_: Any, name: str, description: str, *, field: str | None = None) -> Any:
    """Declare a root field that finds one thing by its id."""

    def load(_root: Any, info: strawberry.Info, *, id: str) -> Any:  # noqa: A002
        return by_gid(info.context, id, name, name=info.field_name)

    return with_arguments(type_ | None, load, description, name=field, id=ID)


def _node(_root: Any, info: strawberry.Info, *, id: str) -> Any:  # noqa: A002
    return by_gid(info.context, id)


def _nodes(_root: Any, info: strawberry.Info, *, ids: Sequence[str]) -> list[Any]:
    return all_by_gid(info.context, ids)


def _location(_root: Any, info: strawberry.Info, *, id: str | None) -> Any:  # noqa: A002
    if id is None:
        return LocationRow.objects.order_by("pk").first()
    return by_gid(info.context, id, "Location", name="location")


def _locations(
    _root: Any, _info: Any, *, sort_key: Any, query: str | None, **_others: Any
) -> Sorted:
    rows = LocationRow.objects.all()
    if query:
        rows = rows.filter(name__icontains=query.rpartition(":")[2].replace("\0", ""))
    return Sorted(rows=rows, column="name" if sort_key == LocationSortKeys.NAME else "")


def _orders(_root: Any, _info: Any, *, query: str | None, sort_key: Any, **_others: Any) -> Sorted:
    return sorted_orders(query, sort_key)


def _reasons(
    _root: Any,
    _info: Any,
    *,
    ids: list[str] | None,
    handles: list[str] | None,
    query: str | None,
    sort_key: Any,
) -> Any:
    numbers = None
    if ids is not None:
        numbers = [gids.number_of(each, "ReturnReasonDefinition") for each in ids]
    found = definitions(numbers, handles, query)
    if sort_key == ReturnReasonDefinitionSortKeys.NAME:
        return sorted(found, key=lambda reason: (reason.name, reason.pk))
    column = "handle" if sort_key == ReturnReasonDefinitionSortKeys.HANDLE else ""
    return Sorted(rows=found, column=column)


def _subscriptions(_root: Any, info: strawberry.Info, **asked: Any) -> Sorted:
    return sorted_subscriptions(info.context, **asked)


def _returnable(_root: Any, info: strawberry.Info, *, order_id: str) -> list[Any]:
    info.context.require("read_orders", info.field_name)
    order = by_gid(info.context, order_id, "Order", name=info.field_name)
    return returnables(fulfillments_of(order)) if order else []


def _calculate(_root: Any, info: strawberry.Info, *, input: CalculateReturnInput) -> Any:  # noqa: A002
    return calculate(info.context, input)


_WORDS = (str | None, UNSET)
_SAVED = (strawberry.ID | None, UNSET)


@output("QueryRoot")
class QueryRoot:
    """What can be asked for."""

    node: Node | None = with_arguments(Node | None, _node, "What has an id.", id=ID)
    nodes: list[Node | None] = with_arguments(
        list[Node | None], _nodes, "What has some ids.", ids=(list[strawberry.ID], UNSET)
    )
    shop: Shop = read(lambda _root: shop(), "The shop.")
    order: Order | None = _one(Order, "Order", "An order.")
    orders: Connection[Order] = connection(
        Order,
        _orders,
        "Orders.",
        scope="read_orders",
        query=_WORDS,
        sort_key=(OrderSortKeys | None, OrderSortKeys.PROCESSED_AT),
        saved_search_id=_SAVED,
    )
    fulfillment: Fulfillment | None = _one(Fulfillment, "Fulfillment", "A parcel to the buyer.")
    fulfillment_order: FulfillmentOrder | None = _one(
        FulfillmentOrder, "FulfillmentOrder", "The work of sending an order."
    )
    location: Location | None = with_arguments(
        Location | None,
        _location,
        "A location; the first one without an id.",
        scope="read_locations",
        id=(strawberry.ID | None, UNSET),
    )
    locations: Connection[Location] = connection(
        Location,
        _locations,
        "Locations.",
        scope="read_locations",
        query=_WORDS,
        sort_key=(LocationSortKeys | None, LocationSortKeys.NAME),
        include_inactive=(bool | None, False),
        include_legacy=(bool | None, False),
    )
    refund: Refund | None = _one(Refund, "Refund", "A refund.")
    return_: Return | None = _one(Return, "Return", "A return.", field="return")
    return_calculate: CalculatedReturn | None = with_arguments(
        CalculatedReturn | None,
        _calculate,
        "What a return would bring.",
        scope="read_returns",
        input=(CalculateReturnInput, UNSET),
    )
    return_reason_definitions: Connection[ReturnReasonDefinition] = connection(
        ReturnReasonDefinition,
        _reasons,
        "Reasons for returns.",
        scope="read_returns",
        ids=(list[strawberry.ID] | None, UNSET),
        handles=(list[str] | None, UNSET),
        query=_WORDS,
        sort_key=(ReturnReasonDefinitionSortKeys | None, ReturnReasonDefinitionSortKeys.ID),
    )
    returnable_fulfillment: ReturnableFulfillment | None = _one(
        ReturnableFulfillment, "ReturnableFulfillment", "A parcel of which something can go back."
    )
    returnable_fulfillments: Connection[ReturnableFulfillment] = connection(
        ReturnableFulfillment,
        _returnable,
        "The parcels of an order of which something can go back.",
        scope="read_returns",
        order_id=ID,
    )
    reverse_delivery: ReverseDelivery | None = _one(
        ReverseDelivery, "ReverseDelivery", "A parcel back."
    )
    reverse_fulfillment_order: ReverseFulfillmentOrder | None = _one(
        ReverseFulfillmentOrder, "ReverseFulfillmentOrder", "The work of taking goods back."
    )
    store_credit_account: StoreCreditAccount | None = _one(
        StoreCreditAccount, "StoreCreditAccount", "An account of store credit."
    )
    store_credit_configuration: StoreCreditConfiguration = read(
        lambda _root: StoreCreditConfiguration(store_credit_enabled=True),
        "How the shop uses store credit.",
    )
    customer: Customer | None = _one(Customer, "Customer", "A customer.")
    product_variant: ProductVariant | None = _one(ProductVariant, "ProductVariant", "A variant.")
    webhook_subscription: WebhookSubscription | None = _one(
        WebhookSubscription, "WebhookSubscription", "Somebody who is told what happens."
    )
    webhook_subscriptions: Connection[WebhookSubscription] = connection(
        WebhookSubscription,
        _subscriptions,
        "Who is told what happens.",
        scope="read_returns",
        callback_url=(URL | None, UNSET),
        format=(WebhookSubscriptionFormat | None, UNSET),
        query=_WORDS,
        sort_key=(WebhookSubscriptionSortKeys | None, WebhookSubscriptionSortKeys.CREATED_AT),
        topics=(list[WebhookSubscriptionTopic] | None, UNSET),
        uri=_WORDS,
    )
    public_api_versions: list[ApiVersion] = read(
        lambda _root: public_versions(), "The versions of this API."
    )

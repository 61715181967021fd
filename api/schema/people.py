"""Customers and members of staff."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from django.db.models import Count
from strawberry import UNSET

from accounts.models import User
from api.engine.gids import gid
from api.schema.connections import Connection, Sorted, connection
from api.schema.enums import OrderSortKeys
from api.schema.fields import global_id, of, output, read, shared
from api.schema.loading import batched, children
from api.schema.nodes import LegacyInteroperability, Node, register
from api.schema.order_search import sorted_orders
from api.schema.places import split_name
from api.schema.scalars import UnsignedInt64
from orders.models import Customer as CustomerRow
from returns.models import StoreCreditAccount as AccountRow

if TYPE_CHECKING:
    from api.schema.orders import Order
    from api.schema.store_credit import StoreCreditAccount

OrderRef = Annotated["Order", strawberry.lazy("api.schema.orders")]
AccountRef = Annotated["StoreCreditAccount", strawberry.lazy("api.schema.store_credit")]


def _accounts(row: CustomerRow, _info: Any, *, query: str | None) -> list[AccountRow]:
    return children(
        row,
        "store_credit_accounts",
        lambda: AccountRow.objects.select_related("store").order_by("pk"),
    )


def _orders(row: CustomerRow, _info: Any, *, query: str | None, sort_key: Any) -> Sorted:
    return sorted_orders(query, sort_key, row.orders.all())


def _order_counts(rows: Any) -> dict[int, int]:
    counted = CustomerRow.objects.filter(pk__in=[row.pk for row in rows]).annotate(
        number=Count("orders")
    )
    return dict(counted.values_list("pk", "number"))


@shared("HasStoreCreditAccounts")
class HasStoreCreditAccounts:
    """Somebody who may own store credit."""

    store_credit_accounts: Connection[AccountRef] = connection(
        AccountRef,
        _accounts,
        "The accounts, one per store and currency.",
        scope="read_store_credit_accounts",
        without=("reverse",),
        query=(str | None, UNSET),
    )


@output("CustomerEmailAddress")
class CustomerEmailAddress:
    """An e-mail address of a customer."""

    email_address: str = read("email", "The address.")


@output("Customer")
@of(CustomerRow)
class Customer(HasStoreCreditAccounts, LegacyInteroperability, Node):
    """Somebody who buys, as the shop knows them."""

    id: strawberry.ID = global_id("Customer")
    legacy_resource_id: UnsignedInt64 = read("pk", "The number within the id.")
    display_name: str = read(str, "The name, else the address.")
    first_name: str | None = read(lambda row: split_name(row.name)[0] or None, "The first name.")
    last_name: str | None = read(lambda row: split_name(row.name)[1] or None, "The last name.")
    email: str | None = read(
        lambda row: row.email or None, "The e-mail address.", old="Use `defaultEmailAddress`."
    )
    default_email_address: CustomerEmailAddress | None = read(
        lambda row: row if row.email else None, "The e-mail address."
    )
    locale: str = read("language", "The language of mails.")
    number_of_orders: UnsignedInt64 = read(
        lambda row: batched(row, "order counts", _order_counts).get(row.pk, 0),
        "How often they bought.",
    )
    orders: Connection[OrderRef] = connection(
        OrderRef,
        _orders,
        "What they bought.",
        scope="read_orders",
        query=(str | None, UNSET),
        sort_key=(OrderSortKeys | None, OrderSortKeys.ID),
    )


register("Customer", CustomerRow.objects.all, scope="read_customers")


@output("StaffMember")
@of(User)
class StaffMember(Node):
    """Somebody who works in the shop."""

    id: strawberry.ID = read(lambda row: gid("StaffMember", row.pk), "The global id.")
    name: str = read(str, "The whole name.")
    first_name: str | None = read(lambda row: split_name(row.name)[0] or None, "The first name.")
    last_name: str | None = read(lambda row: split_name(row.name)[1] or None, "The last name.")
    email: str = read("email", "The e-mail address.")
    active: bool = read("works_here", "Whether the login works.")


register("StaffMember", lambda: User.objects.exclude(roles=[]), scope="read_returns")

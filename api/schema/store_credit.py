"""Store credit: accounts and their entries."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from django.db.models import F, Sum, Window
from strawberry import UNSET

from api.schema.connections import Connection, Sorted, connection
from api.schema.enums import StoreCreditSystemEvent, TransactionSortKeys
from api.schema.fields import global_id, of, output, read, shared
from api.schema.loading import batched, related
from api.schema.money import MoneyV2, bag
from api.schema.nodes import Node, register, register_finder
from api.schema.people import HasStoreCreditAccounts
from api.schema.scalars import DateTime
from api.schema.transactions import OrderTransaction
from orders.models import Customer
from returns.models import EntryKind, StoreCreditEntry
from returns.models import StoreCreditAccount as AccountRow

EntryRef = Annotated["StoreCreditAccountTransaction", strawberry.lazy("api.schema.store_credit")]
AccountRef = Annotated["StoreCreditAccount", strawberry.lazy("api.schema.store_credit")]
CreditRef = Annotated[
    "StoreCreditAccountCreditTransaction", strawberry.lazy("api.schema.store_credit")
]
DebitRef = Annotated[
    "StoreCreditAccountDebitTransaction", strawberry.lazy("api.schema.store_credit")
]


def _kind(row: StoreCreditEntry) -> str:
    """Return which of Shopify's four types an entry is; taking a credit back is a debit there."""
    if row.kind == EntryKind.REVERSAL:
        return "REVERT" if row.amount > 0 else "DEBIT"
    return {EntryKind.EXPIRY: "EXPIRY", EntryKind.DEBIT: "DEBIT"}.get(EntryKind(row.kind), "CREDIT")


def _is(kind: str) -> Any:
    return lambda row: _kind(row) == kind


def _account(row: StoreCreditEntry) -> AccountRow:
    account: AccountRow = related(row, "account")
    return account


def _amount(row: StoreCreditEntry) -> MoneyV2:
    return bag(row.amount, _account(row).currency).money()


def _balances(rows: Sequence[StoreCreditEntry]) -> dict[int, Decimal]:
    """Return the balance after each entry; one statement for all."""
    sums = Window(Sum("amount"), partition_by=F("account"), order_by=F("pk").asc())
    entries = StoreCreditEntry.objects.filter(account__in={row.account_id for row in rows})
    return dict(entries.annotate(sum_so_far=sums).values_list("pk", "sum_so_far"))


def _balance_after(row: StoreCreditEntry) -> MoneyV2:
    balance = batched(row, "balances", _balances).get(row.pk, Decimal(0))
    return bag(balance, _account(row).currency).money()


def _event(row: StoreCreditEntry) -> str:
    return "ORDER_REFUND" if row.refund_transaction_id else "ADJUSTMENT"


def _origin(row: StoreCreditEntry) -> Any:
    return related(row, "refund_transaction") if row.refund_transaction_id else None


def _owner(row: AccountRow) -> Customer:
    """Return whose account it is; a guest looks like a customer, with an id that finds nobody."""
    if row.customer_id:
        customer: Customer = related(row, "customer")
        return customer
    return Customer(
        pk=2**62 + row.pk, email=row.guest_email, name=row.guest_name, language=row.language
    )


StoreCreditAccountTransactionOrigin = Annotated[
    OrderTransaction,
    strawberry.union(
        "StoreCreditAccountTransactionOrigin", description="What made a balance change."
    ),
]


@shared("StoreCreditAccountTransaction")
class StoreCreditAccountTransaction:
    """One change of a balance."""

    account: AccountRef = read(_account, "Of which account.")
    amount: MoneyV2 = read(_amount, "By how much; below 0 for what was taken.")
    balance_after_transaction: MoneyV2 = read(_balance_after, "The balance afterwards.")
    created_at: DateTime = read("created_at", "When.")
    event: StoreCreditSystemEvent = read(_event, "Why.")
    origin: StoreCreditAccountTransactionOrigin | None = read(_origin, "What made it so.")


@output("StoreCreditAccountCreditTransaction")
@of(StoreCreditEntry, check=_is("CREDIT"))
class StoreCreditAccountCreditTransaction(Node, StoreCreditAccountTransaction):
    """Credit that was added."""

    id: strawberry.ID = global_id("StoreCreditAccountCreditTransaction")
    expires_at: DateTime | None = read("expires_at", "Until when it can be spent.")
    remaining_amount: MoneyV2 = read(
        lambda row: bag(row.remaining, _account(row).currency).money(), "What is left of it."
    )


@output("StoreCreditAccountDebitTransaction")
@of(StoreCreditEntry, check=_is("DEBIT"))
class StoreCreditAccountDebitTransaction(Node, StoreCreditAccountTransaction):
    """Credit that was spent or taken back."""

    id: strawberry.ID = global_id("StoreCreditAccountDebitTransaction")


@output("StoreCreditAccountDebitRevertTransaction")
@of(StoreCreditEntry, check=_is("REVERT"))
class StoreCreditAccountDebitRevertTransaction(Node, StoreCreditAccountTransaction):
    """Spent credit that was given back."""

    id: strawberry.ID = global_id("StoreCreditAccountDebitRevertTransaction")
    debit_transaction: DebitRef = read(lambda row: related(row, "reverses"), "What was spent.")


def _expired(row: StoreCreditEntry) -> StoreCreditEntry | None:
    uses = row.uses.select_related("credit").order_by("pk")
    return next((use.credit for use in uses), None)


@output("StoreCreditAccountExpirationTransaction")
@of(StoreCreditEntry, check=_is("EXPIRY"))
class StoreCreditAccountExpirationTransaction(StoreCreditAccountTransaction):
    """Credit that was not spent in time."""

    credit_transaction: CreditRef = read(_expired, "The credit.")


def _entries(row: AccountRow, _info: Any, **_others: Any) -> Sorted:
    return Sorted(rows=row.entries.select_related("account"))


@output("StoreCreditAccount")
@of(AccountRow)
class StoreCreditAccount(Node):
    """What one buyer may spend in one store."""

    id: strawberry.ID = global_id("StoreCreditAccount")
    balance: MoneyV2 = read(lambda row: bag(row.balance, row.currency).money(), "What is there.")
    owner: HasStoreCreditAccounts = read(_owner, "Whose it is.")
    transactions: Connection[EntryRef] = connection(
        EntryRef,
        _entries,
        "How the balance came about.",
        scope="read_store_credit_account_transactions",
        query=(str | None, UNSET),
        sort_key=(TransactionSortKeys | None, TransactionSortKeys.CREATED_AT),
    )


register(
    "StoreCreditAccount",
    lambda: AccountRow.objects.defer("search").select_related("customer"),
    scope="read_store_credit_accounts",
)


def _find_entries(*kinds: str) -> Any:
    def find(numbers: Sequence[int]) -> dict[int, StoreCreditEntry]:
        rows = StoreCreditEntry.objects.filter(pk__in=numbers).select_related("account")
        return {row.pk: row for row in rows if _kind(row) in kinds}

    return find


for _name, _of_kind in (("Credit", "CREDIT"), ("Debit", "DEBIT"), ("DebitRevert", "REVERT")):
    register_finder(
        f"StoreCreditAccount{_name}Transaction",
        _find_entries(_of_kind),
        scope="read_store_credit_account_transactions",
    )


@output("StoreCreditConfiguration")
class StoreCreditConfiguration:
    """How the shop uses store credit."""

    store_credit_enabled: bool = strawberry.field(description="Whether there is any.")

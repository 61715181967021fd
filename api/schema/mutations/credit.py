"""Store credit by hand of a program: storeCreditAccountCredit and storeCreditAccountDebit."""

from typing import Any, Final

from strawberry import UNSET

from api.engine.context import Context
from api.engine.gids import parts
from api.engine.idempotency import uuid_of
from api.engine.problems import unknown_id
from api.engine.results import Problem
from api.schema.enums import (
    StoreCreditAccountCreditUserErrorCode,
    StoreCreditAccountDebitUserErrorCode,
)
from api.schema.fields import of, output, read, taken
from api.schema.money import MoneyInput
from api.schema.mutations.outcome import DisplayableError, Refused, refused
from api.schema.scalars import DateTime
from api.schema.shop import shop
from orders.models import Customer, Order
from returns.errors import (
    CreditLimitExceeded,
    CurrencyMismatch,
    ExpiryInPast,
    InsufficientCredit,
    InvalidAmount,
    ReturnError,
)
from returns.models import StoreCreditAccount
from returns.store_credit import ledger

OWNERS: Final = ("StoreCreditAccount", "Customer", "CompanyLocation")
_CURRENCY: Final = (
    "The currency provided does not match the currency of the store credit account",
    "MISMATCHING_CURRENCY",
)


@taken("StoreCreditAccountCreditInput")
class CreditInput:
    """Credit that is added."""

    credit_amount: MoneyInput
    expires_at: DateTime | None = UNSET
    notify: bool | None = False


@taken("StoreCreditAccountDebitInput")
class DebitInput:
    """Credit that is taken."""

    debit_amount: MoneyInput


@output("StoreCreditAccountCreditUserError")
@of(Problem)
class CreditUserError(DisplayableError):
    """Something that is wrong with a credit."""

    code: StoreCreditAccountCreditUserErrorCode | None = read("code", "What, for programs.")


@output("StoreCreditAccountDebitUserError")
@of(Problem)
class DebitUserError(DisplayableError):
    """Something that is wrong with a debit."""

    code: StoreCreditAccountDebitUserErrorCode | None = read("code", "What, for programs.")


def _account(gid: str, currency: str, *, may_open: bool) -> StoreCreditAccount:
    """Return the account with an id, or the owner's in a currency. Raises Refused."""
    type_, number = parts(gid)
    if type_ not in OWNERS:
        raise unknown_id(gid)
    accounts = StoreCreditAccount.objects.select_related("store", "customer")
    if type_ == "StoreCreditAccount":
        account = accounts.filter(pk=number).first()
    else:
        account = _of_owner(type_, number, currency, may_open=may_open)
    if account is None:
        raise refused(("id",), "Store credit account does not exist", "ACCOUNT_NOT_FOUND")
    return account


def _of_owner(
    type_: str, number: int, currency: str, *, may_open: bool
) -> StoreCreditAccount | None:
    customer = Customer.objects.filter(pk=number).first() if type_ == "Customer" else None
    if customer is None:
        code = "OWNER_NOT_FOUND" if may_open else "ACCOUNT_NOT_FOUND"
        words = "Owner does not exist" if may_open else "Store credit account does not exist"
        raise refused(("id",), words, code)
    accounts = customer.store_credit_accounts.select_related("store", "customer").order_by("pk")
    found = accounts.filter(currency=currency).first()
    if found is not None or not may_open:
        return found or accounts.first()
    newest = Order.objects.filter(customer=customer).order_by("-placed_at").first()
    return ledger.open_account_for(customer, newest.store if newest else shop(), currency)


def credit(context: Context, *, id: str, credit_input: CreditInput) -> dict[str, Any]:  # noqa: A002
    """Add credit."""
    amount = credit_input.credit_amount
    place = ("creditInput", "creditAmount")
    if amount.amount <= 0:
        words = "A positive amount must be used to credit a store credit account"
        raise refused((*place, "amount"), words, "NEGATIVE_OR_ZERO_AMOUNT")
    account = _account(id, str(amount.currency_code), may_open=True)
    try:
        entry = ledger.credit(
            account,
            amount.amount,
            actor=context.actor,
            key=uuid_of(context, context.keys.get("storeCreditAccountCredit")),
            currency=str(amount.currency_code),
            expires_at=credit_input.expires_at or None,
            notify=bool(credit_input.notify),
        )
    except ReturnError as error:
        raise _credit_refused(error, place) from error
    return {"store_credit_account_transaction": entry}


def _credit_refused(error: ReturnError, place: tuple[str, ...]) -> Refused:
    if isinstance(error, CurrencyMismatch):
        return refused((*place, "currencyCode"), *_CURRENCY)
    if isinstance(error, ExpiryInPast):
        words = "The expiry date must be in the future"
        return refused(("creditInput", "expiresAt"), words, "EXPIRES_AT_IN_PAST")
    if isinstance(error, CreditLimitExceeded):
        words = "The operation would cause the account's credit limit to be exceeded"
        return refused((*place, "amount"), words, "CREDIT_LIMIT_EXCEEDED")
    return refused((*place, "amount"), error.message, _code(error))


def debit(context: Context, *, id: str, debit_input: DebitInput) -> dict[str, Any]:  # noqa: A002
    """Take credit."""
    amount = debit_input.debit_amount
    place = ("debitInput", "debitAmount")
    if amount.amount <= 0:
        words = "A positive amount must be used to debit a store credit account"
        raise refused((*place, "amount"), words, "NEGATIVE_OR_ZERO_AMOUNT")
    account = _account(id, str(amount.currency_code), may_open=False)
    try:
        entry = ledger.debit(
            account,
            amount.amount,
            actor=context.actor,
            key=uuid_of(context, context.keys.get("storeCreditAccountDebit")),
            currency=str(amount.currency_code),
        )
    except CurrencyMismatch as error:
        raise refused((*place, "currencyCode"), *_CURRENCY) from error
    except InsufficientCredit as error:
        words = "The store credit account does not have sufficient funds to satisfy the request"
        raise refused((*place, "amount"), words, "INSUFFICIENT_FUNDS") from error
    except ReturnError as error:
        raise refused((*place, "amount"), error.message, _code(error)) from error
    return {"store_credit_account_transaction": entry}


def _code(error: ReturnError) -> str | None:
    """Return the code of an error that has no words of its own here; only one fits."""
    return "NEGATIVE_OR_ZERO_AMOUNT" if isinstance(error, InvalidAmount) else None

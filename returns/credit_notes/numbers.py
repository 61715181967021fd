"""Numbering credit notes without gaps. What is on one is in `returns.credit_notes.pdf`."""

from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Sum

from orders.models import Store
from orders.money import ZERO
from returns.models import CreditNote, CreditNoteSeries, Refund


def issue(
    refund: Refund, store: Store, *, paid: Decimal, at: datetime, is_first: bool
) -> CreditNote | None:
    """Write the credit note for what went out and has none yet; None when there is nothing.

    Needs the order's lock and an open transaction: the number is taken in it, so that a rollback
    gives it back and no number is ever missing (Directive 2006/112/EC, Article 226 point 2, asks
    for a sequential number that is given once). Called last in the transaction, because other
    refunds of the store wait for the number from then on.
    paid: what of the refund has gone out in all, in its currency. is_first: no outcome of it was
    recorded before, so that it cannot have a note yet.
    """
    noted = ZERO if is_first else _noted(refund)
    if paid <= noted:
        return None
    number = _next_number(store)
    return CreditNote.objects.create(
        refund=refund,
        store=store,
        number=number,
        reference=f"CN-{store.code.upper()}-{number:05d}",
        currency=refund.currency,
        amount=paid - noted,
        issued_at=at,
    )


def _noted(refund: Refund) -> Decimal:
    return refund.credit_notes.aggregate(sum=Sum("amount"))["sum"] or ZERO


def _next_number(store: Store) -> int:
    table = connection.ops.quote_name(CreditNoteSeries._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} AS series (store_id, last_number) VALUES (%s, 1) "  # noqa: S608
            "ON CONFLICT (store_id) DO UPDATE SET last_number = series.last_number + 1 "
            "RETURNING last_number",
            [store.pk],
        )
        return int(cursor.fetchone()[0])

"""What always holds of orders and returns, read off all their rows (design, section 4)."""

from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

from django.db import models
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
)
from procrastinate.contrib.django.models import ProcrastinateJob

from orders.models import FulfillmentLine, Order, OrderLine, Payment, StockLevel
from orders.money import rounded, share_of_pieces
from returns.models import (
    BuyerParcel,
    BuyerParcelLine,
    Disposition,
    Event,
    ExchangeLine,
    ExchangePayment,
    ExchangeShipment,
    Refund,
    RefundLine,
    RefundTransaction,
    Return,
    ReturnFee,
    ReturnLine,
    ReverseFulfillment,
    ReverseFulfillmentLine,
    StoreCreditAccount,
    StoreCreditEntry,
    StoreCreditUse,
)
from returns.refunds import proposals as refunds

TABLES: tuple[type[models.Model], ...] = (
    Order,
    OrderLine,
    FulfillmentLine,
    Payment,
    StockLevel,
    Return,
    ReturnLine,
    ReturnFee,
    ReverseFulfillment,
    ReverseFulfillmentLine,
    Disposition,
    BuyerParcel,
    BuyerParcelLine,
    Refund,
    RefundLine,
    RefundTransaction,
    StoreCreditAccount,
    StoreCreditEntry,
    StoreCreditUse,
    ExchangeLine,
    ExchangeShipment,
    ExchangePayment,
    Event,
)
Rows = dict[type[models.Model], dict[Any, dict[str, Any]]]

LIVE = {"REQUESTED", "OPEN", "CLOSED"}
FINAL = {"RESTOCKED", "NOT_RESTOCKED", "MISSING"}


def total(amounts: Any) -> Decimal:
    return sum(amounts, Decimal(0))


class Invariants(RuleBasedStateMachine):
    """Keeps every row as it was after the last act, and checks them against each other."""

    orders: list[Order]
    # What lay where before anything happened, by variant and location.
    stocked: dict[tuple[int, int], int]

    def __init__(self) -> None:
        super().__init__()
        self.rows: Rows = {}

    # --- looking --------------------------------------------------------------------------------

    def look(self) -> Rows:
        """Every column of every row, but for search words; and how many jobs wait."""
        rows: Rows = {}
        for table in TABLES:
            names = [field.attname for field in table._meta.concrete_fields]
            names = [name for name in names if name != "search"]
            rows[table] = {row[names[0]]: row for row in table._default_manager.values(*names)}
        rows[ProcrastinateJob] = {"count": {"count": ProcrastinateJob.objects.count()}}
        return rows

    def all(self, table: type[models.Model], **having: Any) -> list[dict[str, Any]]:
        return [
            row
            for row in self.rows[table].values()
            if all(row[name] == value for name, value in having.items())
        ]

    # --- what always holds ----------------------------------------------------------------------

    @invariant()
    def pieces_are_held_once(self) -> None:
        held: Counter[int] = Counter()
        for line in self.all(ReturnLine) if self.rows else ():
            if self.rows[Return][line["for_return_id"]]["status"] in LIVE:
                held[line["fulfillment_line_id"]] += line["quantity"]
        for row in self.all(FulfillmentLine) if self.rows else ():
            assert row["returning_quantity"] == held[row["id"]] <= row["quantity"]

    @invariant()
    def payments_count_their_refunds(self) -> None:
        if not self.rows:
            return
        out: dict[int, Decimal] = defaultdict(Decimal)
        for part in self.all(RefundTransaction):
            if part["status"] != "FAILED" and part["payment_id"]:
                out[part["payment_id"]] += part["amount"]
        for row in self.all(Payment):
            assert row["refunded_amount"] == out[row["id"]] <= row["amount"]
        for row in self.all(Refund):
            parts = self.all(RefundTransaction, refund_id=row["id"])
            assert row["amount"] == total(part["amount"] for part in parts)
            over = total(part["amount"] for part in parts if part["payment_id"] is None)
            assert row["over_amount"] == over
            assert (over > 0) is (row["over_reason"] != "")
            states = {part["status"] for part in parts}
            done = states <= {"SUCCEEDED", "FAILED"}
            expected = ("FAILED" if "FAILED" in states else "SUCCEEDED") if done else "PENDING"
            assert row["status"] == expected
            assert (row["settled_at"] is None) is (row["status"] == "PENDING")

    @invariant()
    def orders_pay_back_at_most_what_was_paid_unless_a_person_said_so(self) -> None:
        for order in self.all(Order) if self.rows else ():
            out = over = Decimal(0)
            for refund in self.all(Refund, order_id=order["id"]):
                for part in self.all(RefundTransaction, refund_id=refund["id"]):
                    out += part["amount"] if part["status"] != "FAILED" else 0
                over += refund["over_amount"]
            captured = total(row["amount"] for row in self.all(Payment, order_id=order["id"]))
            assert out - over <= captured

    @invariant()
    def order_lines_count_what_was_paid_back_without_a_return(self) -> None:
        for line in self.all(OrderLine) if self.rows else ():
            paid = [
                one["quantity"]
                for one in self.all(RefundLine, order_line_id=line["id"])
                if self.counts(one["refund_id"])
            ]
            assert line["refunded_quantity"] == sum(paid) <= line["quantity"]
        for one in self.all(RefundLine) if self.rows else ():
            refund = self.rows[Refund][one["refund_id"]]
            assert (one["order_line_id"] is None) is (refund["for_return_id"] is not None)

    @invariant()
    def credit_is_what_refunds_paid_as_credit(self) -> None:
        if not self.rows:
            return
        paid = [
            (part["id"], part["amount"])
            for part in self.all(RefundTransaction, gateway="store_credit", status="SUCCEEDED")
        ]
        credits_ = self.all(StoreCreditEntry, kind="CREDIT")
        assert sorted(paid) == sorted(
            (entry["refund_transaction_id"], entry["amount"])
            for entry in credits_
            if entry["refund_transaction_id"]
        )
        spent = [
            (payment["key"], payment["amount"])
            for payment in self.all(ExchangePayment)
            if self.rows[Payment][payment["payment_id"]]["gateway"] == "store_credit"
        ]
        debits = self.all(StoreCreditEntry, kind="DEBIT")
        assert sorted(spent) == sorted(
            (str(entry["idempotency_key"]), -entry["amount"]) for entry in debits
        )
        for account in self.all(StoreCreditAccount):
            entries = self.all(StoreCreditEntry, account_id=account["id"])
            assert account["balance"] == total(entry["amount"] for entry in entries) >= 0
            assert account["balance"] == total(entry["remaining"] for entry in entries)

    def counts(self, refund: int) -> bool:
        """Whether anything of a refund went out or may still go out."""
        parts = self.all(RefundTransaction, refund_id=refund)
        return not parts or any(part["status"] != "FAILED" for part in parts)

    @invariant()
    def returns_sum_their_lines(self) -> None:
        for row in self.all(Return) if self.rows else ():
            lines = self.all(ReturnLine, for_return_id=row["id"])
            ids = {line["id"] for line in lines}
            work = [one for one in self.all(ReverseFulfillmentLine) if one["return_line_id"] in ids]
            assert row["total_quantity"] == sum(line["quantity"] for line in lines)
            assert row["processed_quantity"] == sum(line["processed_quantity"] for line in lines)
            assert row["refunded_quantity"] == sum(line["refunded_quantity"] for line in lines)
            assert row["disposed_quantity"] == sum(one["disposed_quantity"] for one in work)
            refunds = {one["id"] for one in self.all(Refund, for_return_id=row["id"])}
            assert row["refunded_amount"] == total(
                part["amount"]
                for part in self.all(RefundTransaction)
                if part["refund_id"] in refunds and part["status"] != "FAILED"
            )

    @invariant()
    def lines_sum_what_was_done_to_them(self) -> None:
        for line in self.all(ReturnLine) if self.rows else ():
            paid = [
                one["quantity"]
                for one in self.all(RefundLine, return_line_id=line["id"])
                if self.counts(one["refund_id"])
            ]
            assert line["refunded_quantity"] == sum(paid)
            fates_of_line: Counter[str] = Counter()
            for work in self.all(ReverseFulfillmentLine, return_line_id=line["id"]):
                fates = self.all(Disposition, line_id=work["id"])
                for one in fates:
                    fates_of_line["KEPT" if one["kept"] else one["type"]] += one["quantity"]
                final = sum(one["quantity"] for one in fates if one["type"] in FINAL)
                assert work["disposed_quantity"] == final <= line["processed_quantity"]
                assert work["quantity"] == line["quantity"]
            assert line["missing_quantity"] == fates_of_line["MISSING"]
            assert line["restocked_quantity"] == fates_of_line["RESTOCKED"]
            assert line["kept_quantity"] == fates_of_line["KEPT"]
            sent = self.all(BuyerParcelLine, return_line_id=line["id"])
            back = sum(one["quantity"] for one in sent)
            assert line["shipped_back_quantity"] == back <= fates_of_line["NOT_RESTOCKED"]
            assert line["refunded_quantity"] + back <= line["quantity"]
            names = ("missing", "restocked", "kept", "shipped_back")
            away = sum(line[f"{name}_quantity"] for name in names)
            assert away <= line["processed_quantity"]

    @invariant()
    def events_tell_every_change_of_state(self) -> None:
        for row in self.all(Return) if self.rows else ():
            told = [
                (event["from_status"], event["to_status"])
                for event in self.all(Event, for_return_id=row["id"])
                if event["to_status"]
            ]
            assert told[0][0] == ""
            assert [after for _before, after in told[:-1]] == [before for before, _ in told[1:]]
            assert told[-1][1] == row["status"]
            assert all(before != after for before, after in told)

    @invariant()
    def times_and_work_match_the_state(self) -> None:
        work_of = {"OPEN": {"OPEN"}, "CLOSED": {"CLOSED"}, "CANCELED": {"CANCELED"}}
        for row in self.all(Return) if self.rows else ():
            status = row["status"]
            assert (row["closed_at"] is not None) is (status == "CLOSED")
            assert (row["declined_at"] is not None) is (status == "DECLINED")
            assert (row["canceled_at"] is not None) is (status == "CANCELED")
            work = self.all(ReverseFulfillment, for_return_id=row["id"])
            assert {one["status"] for one in work} <= work_of.get(status, set())
            assert len(work) == (row["approved_at"] is not None)

    @invariant()
    def stock_is_what_was_put_back_and_not_sent_again(self) -> None:
        if not self.rows:
            return
        stock: Counter[tuple[int | None, int]] = Counter(self.stocked)
        for fate in self.all(Disposition, type="RESTOCKED"):
            work = self.rows[ReverseFulfillmentLine][fate["line_id"]]
            parcel = self.rows[ReturnLine][work["return_line_id"]]["fulfillment_line_id"]
            for variant, each in self.articles(parcel):
                stock[variant, fate["location_id"]] += each * fate["quantity"]
        held: Counter[tuple[int | None, int]] = Counter()
        for line in self.all(ExchangeLine):
            stock[line["variant_id"], line["location_id"]] -= line["processed_quantity"]
            held[line["variant_id"], line["location_id"]] += line["reserved_quantity"]
        for row in self.all(StockLevel):
            place = (row["variant_id"], row["location_id"])
            assert (row["available"], row["reserved"]) == (stock.pop(place, 0), held.pop(place, 0))
            assert 0 <= row["reserved"] <= row["available"]
        assert not any(stock.values())
        assert not any(held.values())

    @invariant()
    def replacements_are_counted_once_and_join_the_order(self) -> None:
        for row in self.all(Return) if self.rows else ():
            lines = self.all(ExchangeLine, for_return_id=row["id"])
            paid = total(
                one["amount"] for one in self.all(ExchangePayment, for_return_id=row["id"])
            )
            assert row["exchange_paid"] == paid
            assert row["exchange_quantity"] == sum(line["quantity"] for line in lines)
            assert row["exchanged_quantity"] == sum(line["processed_quantity"] for line in lines)
            assert row["exchange_ready_quantity"] == sum(
                line["quantity"] - line["processed_quantity"]
                for line in lines
                if line["status"] == "READY"
            )
            self.money_for_replacements_is_counted(row["id"])
            live = row["status"] in {"REQUESTED", "OPEN"}
            for line in lines:
                shipments = self.all(ExchangeShipment, exchange_line_id=line["id"])
                assert line["processed_quantity"] == sum(one["quantity"] for one in shipments)
                assert live or line["reserved_quantity"] == 0
                waits = line["status"] not in {"PROCESSED", "REMOVED"}
                assert waits is (live and line["quantity"] > line["processed_quantity"])
            if row["exchange_owed"]:
                assert row["status"] in {"OPEN", "CLOSED"}
                assert not row["exchange_ready_quantity"]
        for sent in self.all(ExchangeShipment) if self.rows else ():
            joined = self.rows[OrderLine][sent["order_line_id"]]
            assert joined["from_exchange"]
            assert joined["quantity"] == sent["quantity"]

    def money_for_replacements_is_counted(self, pk: int) -> None:
        return_ = Return.objects.get(pk=pk)
        assert return_.exchange_due == refunds.exchange_due(
            return_, list(return_.order.refunds.all())
        )

    def articles(self, parcel: int) -> list[tuple[int | None, int]]:
        """The variants, with pieces of each, in one piece of a fulfilment line."""
        for order in self.orders:
            lines = list(order.lines.all())
            for line in lines:
                if line.pk == self.rows[FulfillmentLine][parcel]["order_line_id"]:
                    parts = [part for part in lines if part.bundle_parent_id == line.pk]
                    each = [(part.variant_id, part.quantity // line.quantity) for part in parts]
                    return each or [(line.variant_id, 1)]
        raise AssertionError(parcel)

    @invariant()
    def lines_are_paid_back_to_the_cent(self) -> None:
        for order in self.orders if self.rows else ():
            for line in order.lines.all():
                gross = line.subtotal + (0 if order.tax_included else line.tax_total)
                pieces, paid, taxes = 0, Decimal(0), Decimal(0)
                for row in self.all(RefundLine):
                    if self.order_line_of(row) == line.pk and self.counts(row["refund_id"]):
                        pieces += row["quantity"]
                        paid += row["amount"]
                        taxes += row["tax"]
                assert paid <= rounded(gross, "EUR")
                assert taxes <= paid
                if pieces >= line.quantity:
                    assert paid == share_of_pieces(gross, pieces, 0, pieces, "EUR")

    def order_line_of(self, row: dict[str, Any]) -> int:
        """The order line that pieces of a refund are of."""
        if row["order_line_id"]:
            return int(row["order_line_id"])
        parcel = self.rows[ReturnLine][row["return_line_id"]]["fulfillment_line_id"]
        return int(self.rows[FulfillmentLine][parcel]["order_line_id"])

    @invariant()
    def numbers_count_up(self) -> None:
        for order in self.all(Order) if self.rows else ():
            numbers = sorted(row["number"] for row in self.all(Return, order_id=order["id"]))
            assert numbers == list(range(1, order["last_return_number"] + 1))

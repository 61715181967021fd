"""What came back: returns with their lines, work, dispositions, refunds and events."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.actors import Actor, ActorKind
from accounts.models import Role
from bench.seed.orders import Sold, SoldLine, share_older_than
from bench.seed.sink import Sink
from orders import search
from orders.money import ZERO
from returns.models import (
    DeclineReason,
    Disposition,
    DispositionType,
    Event,
    EventType,
    FeeKind,
    Refund,
    RefundLine,
    RefundStatus,
    RefundTransaction,
    Return,
    ReturnFee,
    ReturnLine,
    ReturnReason,
    ReturnStatus,
    ReverseFulfillment,
    ReverseFulfillmentLine,
    ReverseFulfillmentStatus,
)
from returns.models.states import LIVE
from returns.refunds import pricing, proposals
from returns.refunds.proposals import OrderMoney, Pieces, Proposal

# What becomes of pieces that came back, as often as it stands here.
FATES = (DispositionType.RESTOCKED.value,) * 6 + (DispositionType.NOT_RESTOCKED.value,)

OLDEST_WITHOUT = timedelta(days=6)  # orders as young as this have hardly arrived


@dataclass(slots=True)
class ToldLine:
    """One line of a return; `fate` is what became of the processed pieces."""

    pk: int
    line: SoldLine
    quantity: int
    reason: ReturnReason
    processed: int = 0
    fate: str = ""
    refunded: int = 0

    def receive(self, fate: str) -> dict[str, Any]:
        """Book all pieces; return what the event tells of them (`returns.receiving.booking`)."""
        self.processed, self.fate = self.quantity, fate
        disposition = {"type": fate, "quantity": self.quantity}
        title = self.line.variant.product.title
        return {"title": title, "quantity": self.quantity, "dispositions": [disposition]}


@dataclass(slots=True)
class Told:
    """A return in the making: its row's columns, its lines and its events so far."""

    pk: int
    sold: Sold
    number: int
    lines: list[ToldLine]
    row: dict[str, Any]
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def reference(self) -> str:
        """The reference that people read."""
        return f"{self.sold.reference}-R{self.number}"

    @property
    def pieces(self) -> int:
        """All pieces of it."""
        return sum(line.quantity for line in self.lines)

    @property
    def words(self) -> list[str]:
        """What the return is found by, as `returns.requests` has it."""
        sold = self.sold
        texts = [self.reference, sold.reference, sold.buyer.name, sold.buyer.email]
        for told in self.lines:
            handle = f"reason:{told.reason.handle}"
            texts += [told.line.variant.sku, sold.tracking, handle]
        return search.words(*texts)

    def move(
        self, to: ReturnStatus, type_: EventType, at: datetime, actor: Actor, **data: Any
    ) -> None:
        """Change the state (or not, to the same) and note the event."""
        before = self.row.get("status", "")
        changed = before != to
        self.row["status"] = to.value
        self.events.append(
            {
                "type": type_.value,
                "at": at,
                "actor_kind": actor.kind.value,
                "actor_name": actor.name,
                "actor_user_id": actor.user_id,
                "from_status": before if changed else "",
                "to_status": to.value if changed else "",
                "data": data,
            }
        )


class Telling:
    """Decides what becomes of orders, and hands all rows over."""

    def __init__(
        self, sink: Sink, staff: Mapping[Role, Actor], random_: random.Random, *, now: datetime
    ) -> None:
        self.now = now
        self._sink = sink
        self._staff = staff
        self._random = random_
        self._reasons = list(ReturnReason.objects.filter(needs_note=False, active=True))
        self._told = 0

    def due(self, index: int, total: int, count: int) -> int:
        """Return how many returns the `index`th order has, so that all have `count` in the end."""
        arrived = int(total * share_older_than(OLDEST_WITHOUT))
        wanted = min((index + 1) * count // arrived, count) - self._told
        if wanted == 1 and self._random.random() < 0.08 and index < arrived * 0.98:
            return 0  # a later order gets two
        return min(wanted, 2)

    def tell(self, sold: Sold, *, due: int) -> None:
        """Make up to `due` returns of an order that has arrived."""
        if self.now - sold.placed_at < OLDEST_WITHOUT:
            return
        for _number in range(due):
            free = [line for line in sold.lines if not line.taken]
            if not free:
                return
            self._one(sold, self._random.sample(free, self._random.randint(1, min(2, len(free)))))
            self._told += 1

    # --- one story --------------------------------------------------------------------------

    def _one(self, sold: Sold, lines: Sequence[SoldLine]) -> None:
        sold.returns += 1
        for line in lines:
            line.taken = True
        told = Told(
            pk=self._sink.next_id(Return),
            sold=sold,
            number=sold.returns,
            lines=[
                ToldLine(
                    pk=self._sink.next_id(ReturnLine),
                    line=line,
                    quantity=self._random.randint(1, line.quantity),
                    reason=self._random.choice(self._reasons),
                )
                for line in lines
            ],
            row={},
        )
        work = self._act(told)
        if told.row["status"] in {status.value for status in LIVE}:
            for part in told.lines:
                part.line.returning += part.quantity
        self._store(told)
        self._store_work(told, work)

    def _act(self, told: Told) -> ReverseFulfillmentStatus | None:
        """Let the return go through its states until now; return how far the work came."""
        random_, sold = self._random, told.sold
        window = sold.terms.window_days or 30
        latest = min((self.now - sold.delivered_at) / timedelta(days=1), window - 1)
        at = sold.delivered_at + timedelta(days=random_.uniform(0.01, max(latest, 0.02)))
        told.row["created_at"] = at = min(at, self.now)
        if random_.random() < 0.08:
            told.move(ReturnStatus.OPEN, EventType.RETURN_CREATED, at, self._staff[Role.SUPPORT])
        else:
            buyer = Actor(kind=ActorKind.BUYER, name=sold.buyer.name)
            told.move(ReturnStatus.REQUESTED, EventType.RETURN_REQUESTED, at, buyer)
            at += timedelta(days=random_.uniform(0.1, 2.5))
            if at > self.now:
                return None
            if not self._decided(told, at, buyer):
                return None
        told.row["approved_at"] = at
        told.row["send_by"] = at.astimezone(sold.store.zone).date() + timedelta(
            days=sold.terms.days_to_send
        )
        return self._received(told, at)

    def _decided(self, told: Told, at: datetime, buyer: Actor) -> bool:
        fate, support = self._random.random(), self._staff[Role.SUPPORT]
        if fate < 0.05:
            told.row |= {"declined_at": at, "decline_reason": DeclineReason.OTHER.value}
            told.row["decline_note"] = "The pictures show signs of use."
            told.move(ReturnStatus.DECLINED, EventType.RETURN_DECLINED, at, support)
        elif fate < 0.09:
            told.row["canceled_at"] = at
            told.move(ReturnStatus.CANCELED, EventType.RETURN_CANCELED, at, buyer)
        else:
            told.move(ReturnStatus.OPEN, EventType.RETURN_APPROVED, at, support)
        return fate >= 0.09

    def _received(self, told: Told, approved_at: datetime) -> ReverseFulfillmentStatus:
        lost = self._random.random() < 0.03
        at = approved_at + timedelta(days=40 if lost else self._random.uniform(2.5, 9))
        if at > self.now:
            return ReverseFulfillmentStatus.OPEN
        told.row["closed_at"] = at
        if lost:
            support = self._staff[Role.SUPPORT]
            told.move(ReturnStatus.CLOSED, EventType.RETURN_CLOSED, at, support)
            return ReverseFulfillmentStatus.CLOSED
        receipts = [part.receive(self._random.choice(FATES)) for part in told.lines]
        worker = self._staff[Role.WAREHOUSE]
        told.move(ReturnStatus.CLOSED, EventType.RETURN_PROCESSED, at, worker, receipts=receipts)
        at += timedelta(days=self._random.uniform(0.1, 3))
        if at <= self.now and self._random.random() > 0.005:
            self._refund(told, at)
        return ReverseFulfillmentStatus.CLOSED

    # --- money ------------------------------------------------------------------------------

    def _refund(self, told: Told, at: datetime) -> None:
        sold, finance = told.sold, self._staff[Role.FINANCE]
        proposal = self._proposal(told)
        refund = self._sink.add(
            Refund,
            order_id=sold.pk,
            for_return_id=told.pk,
            idempotency_key=UUID(int=self._random.getrandbits(128), version=4),
            status=RefundStatus.SUCCEEDED.value,
            currency=sold.shop.currency,
            amount=proposal.amount,
            items_amount=proposal.items_amount,
            items_tax=proposal.items_tax,
            restocking_fee=proposal.restocking_fee,
            return_shipping_fee=proposal.return_shipping_fee,
            adjustment=proposal.amount - proposal.parts_total,
            created_by_id=finance.user_id,
            created_at=at,
            settled_at=at,
        )
        for part, priced in zip(told.lines, proposal.lines, strict=True):
            part.refunded = part.quantity
            self._sink.add(
                RefundLine,
                refund_id=refund,
                return_line_id=part.pk,
                quantity=priced.quantity,
                amount=priced.amount,
                tax=priced.tax,
                restocking_fee=priced.restocking_fee,
            )
        self._pay(refund, sold, proposal.amount, at)
        told.row["refunded_amount"] = proposal.amount
        status = ReturnStatus(told.row["status"])
        data = {"refund": refund, "amount": str(proposal.amount), "currency": sold.shop.currency}
        told.move(status, EventType.REFUND_SUCCEEDED, at, finance, **data)

    def _fees(self, told: Told) -> pricing.AgreedFees:
        free = [part.reason.free_of_fees for part in told.lines]
        return pricing.agreed_fees([told.sold.terms] * len(free), free, told.sold.shop.currency)

    def _proposal(self, told: Told) -> Proposal:
        sold, fees = told.sold, self._fees(told)
        pieces = [
            Pieces(
                key=part.pk,
                order_line_id=part.line.pk,
                quantity=part.quantity,
                line_gross=part.line.worth,
                line_tax=part.line.tax,
                line_quantity=part.line.quantity,
                restocking_percent=percent,
            )
            for part, percent in zip(told.lines, fees.restocking_percents, strict=True)
        ]
        paid = sum((line.worth for line in sold.lines), ZERO)
        left = [(sold.payment, paid - sold.refunded)]
        money = OrderMoney(currency=sold.shop.currency, done={}, left=left)
        return proposals.price(
            pieces, money, shipping=ZERO, return_shipping_fee=fees.return_shipping
        )

    def _pay(self, refund: int, sold: Sold, amount: Decimal, at: datetime) -> None:
        sold.refunded += amount
        if amount:
            self._sink.add(
                RefundTransaction,
                refund_id=refund,
                payment_id=sold.payment,
                gateway="manual",
                amount=amount,
                status=RefundStatus.SUCCEEDED.value,
                settled_at=at,
            )

    # --- rows -------------------------------------------------------------------------------

    def _store(self, told: Told) -> None:
        sold = told.sold
        self._sink.add(
            Return,
            id=told.pk,
            order_id=sold.pk,
            store_id=sold.store.pk,
            number=told.number,
            reference=told.reference,
            language=sold.shop.language,
            total_quantity=told.pieces,
            processed_quantity=sum(part.processed for part in told.lines),
            disposed_quantity=sum(part.processed for part in told.lines),
            refunded_quantity=sum(part.refunded for part in told.lines),
            search=told.words,
            **told.row,
        )
        for part in told.lines:
            self._sink.add(
                ReturnLine,
                id=part.pk,
                for_return_id=told.pk,
                fulfillment_line_id=part.line.parcel_line,
                reason_id=part.reason.pk,
                quantity=part.quantity,
                pieces=list(range(part.quantity)),
                processed_quantity=part.processed,
                refunded_quantity=part.refunded,
            )
        self._store_fees(told)
        for event in told.events:
            self._sink.add(Event, order_id=sold.pk, for_return_id=told.pk, **event)

    def _store_fees(self, told: Told) -> None:
        fees = self._fees(told)
        if fees.return_shipping:
            kind, amount = FeeKind.RETURN_SHIPPING.value, fees.return_shipping
            self._sink.add(ReturnFee, for_return_id=told.pk, kind=kind, amount=amount)
        for part, percent in zip(told.lines, fees.restocking_percents, strict=True):
            if percent:
                self._sink.add(
                    ReturnFee,
                    for_return_id=told.pk,
                    line_id=part.pk,
                    kind=FeeKind.RESTOCKING.value,
                    percent=percent,
                )

    def _store_work(self, told: Told, status: ReverseFulfillmentStatus | None) -> None:
        if status is None:
            return
        location = told.sold.store.return_location_id
        work = self._sink.add(
            ReverseFulfillment, for_return_id=told.pk, location_id=location, status=status.value
        )
        for part in told.lines:
            line = self._sink.add(
                ReverseFulfillmentLine,
                reverse_fulfillment_id=work,
                return_line_id=part.pk,
                quantity=part.quantity,
                disposed_quantity=part.processed,
            )
            if part.processed:
                self._sink.add(
                    Disposition,
                    line_id=line,
                    type=part.fate,
                    quantity=part.processed,
                    location_id=location,
                    created_at=told.row["closed_at"],
                )

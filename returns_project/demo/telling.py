"""One return of the demo, moved on by the same verbs as every return."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from accounts import actors
from accounts.actors import Actor
from accounts.models import Role
from orders.models import FulfillmentLine, Order, PaymentMethod, Variant
from orders.money import rounded
from returns import lifecycle
from returns.evidence import messages
from returns.exchanges import offers as exchange_offers
from returns.lifecycle import (
    DisposeRequest,
    ExchangeRequest,
    LineRequest,
    Receipt,
    Tracking,
    UnexpectedPieces,
)
from returns.models import DispositionType as Fate
from returns.models import RefundTo, Return, ReturnLine
from returns.receiving import scanning
from returns.refunds import payouts, proposals
from returns.store_credit import ledger
from returns_project.demo import evidence, parcels
from returns_project.demo.stories import Step, Verb

# In what condition pieces are that find this end.
_GRADES: Final = {
    Fate.RESTOCKED: "as-new",
    Fate.NOT_RESTOCKED: "damaged",
    Fate.PROCESSING_REQUIRED: "opened",
    Fate.MISSING: "missing",
}


class Telling:
    """A story with its order and, once it began, its return."""

    def __init__(
        self,
        order: Order,
        wishes: Sequence[LineRequest],
        staff: Mapping[Role, Actor],
        random_: random.Random,
        refund_to: RefundTo = RefundTo.ORIGINAL,
    ) -> None:
        self.order = order
        self.wishes = wishes
        self.staff = staff
        self.random = random_
        self.refund_to = refund_to
        self._return_id = 0

    def act(self, step: Step, at: datetime) -> None:
        """Do what the step says, as if it were `at`."""
        _ACTS[step.verb](self, step, at)

    @property
    def return_(self) -> Return:
        """The return as it is now. Raises DoesNotExist before the first step."""
        return Return.objects.get(pk=self._return_id)

    def began(self, return_: Return) -> None:
        """Remember the return that the first step made."""
        self._return_id = return_.pk

    @property
    def buyer(self) -> Actor:
        """Whoever bought."""
        customer = self.order.customer
        user_id = customer.user_id if customer is not None else None
        return actors.buyer(self.order.buyer_name, user_id=user_id)

    def text(self, step: Step) -> str:
        """Return the step's note in the language of the order."""
        return step.german if self.order.language == "de" else step.english

    def lines(self) -> list[ReturnLine]:
        """Return the lines of the return."""
        return list(self.return_.lines.select_related("fulfillment_line__order_line"))

    def some(self) -> dict[int, int]:
        """Return the unprocessed pieces of the first line that has any, or all but one of them."""
        lines = [line for line in self.lines() if line.unprocessed_quantity]
        first = lines[0]
        if len(lines) == 1:
            return {first.pk: first.unprocessed_quantity - 1}
        return {first.pk: first.unprocessed_quantity}


def _shown(telling: Telling) -> list[LineRequest]:
    """Return what goes back, with the photos that the reasons ask for."""
    return [evidence.shown(telling.order, wish) for wish in telling.wishes]


def _request(telling: Telling, _step: Step, at: datetime) -> None:
    wishes = _shown(telling)
    made = lifecycle.request(
        telling.order, wishes, actor=telling.buyer, refund_to=telling.refund_to, at=at
    )
    telling.began(made)


def _create(telling: Telling, step: Step, at: datetime) -> None:
    note = telling.text(step)
    made = lifecycle.create(
        telling.order,
        telling.wishes,
        actor=telling.staff[Role.SUPPORT],
        override_policy=bool(note),
        note=note,
        at=at,
    )
    telling.began(made)


def _approve(telling: Telling, _step: Step, at: datetime) -> None:
    lifecycle.approve(telling.return_, actor=telling.staff[Role.SUPPORT], at=at)


def _approve_some(telling: Telling, _step: Step, at: datetime) -> None:
    support = telling.staff[Role.SUPPORT]
    lifecycle.approve(telling.return_, actor=support, quantities=telling.some(), at=at)


def _decline(telling: Telling, step: Step, at: datetime) -> None:
    lifecycle.decline(
        telling.return_,
        actor=telling.staff[Role.SUPPORT],
        reason=step.reason,
        note=telling.text(step),
        at=at,
    )


def _withdraw(telling: Telling, _step: Step, at: datetime) -> None:
    lifecycle.cancel(telling.return_, actor=telling.buyer, at=at)


def _cancel(telling: Telling, _step: Step, at: datetime) -> None:
    lifecycle.cancel(telling.return_, actor=telling.staff[Role.SUPPORT], at=at)


def _remove(telling: Telling, _step: Step, at: datetime) -> None:
    support = telling.staff[Role.SUPPORT]
    lifecycle.remove_lines(telling.return_, actor=support, quantities=telling.some(), at=at)


def _receive(telling: Telling, step: Step, at: datetime) -> None:
    pieces = {line.pk: line.unprocessed_quantity for line in telling.lines()}
    _process(telling, pieces, step, at)


def _receive_some(telling: Telling, step: Step, at: datetime) -> None:
    _process(telling, telling.some(), step, at)


def _process(telling: Telling, pieces: Mapping[int, int], step: Step, at: datetime) -> None:
    receipts = [
        Receipt(
            line_id=line_id,
            quantity=count,
            dispositions=(
                DisposeRequest(type=step.fate, quantity=count, grade=_GRADES[step.fate]),
            ),
        )
        for line_id, count in pieces.items()
        if count
    ]
    warehouse = telling.staff[Role.WAREHOUSE]
    lifecycle.process(telling.return_, actor=warehouse, receipts=receipts, at=at)


def _decide(telling: Telling, step: Step, at: datetime) -> None:
    """Decide on pieces that came in earlier and needed work."""
    receipts = [
        Receipt(
            line_id=line.pk,
            quantity=0,
            dispositions=(DisposeRequest(type=step.fate, quantity=line.processed_quantity),),
        )
        for line in telling.lines()
    ]
    warehouse = telling.staff[Role.WAREHOUSE]
    lifecycle.process(telling.return_, actor=warehouse, receipts=receipts, at=at)


def _scan_some(telling: Telling, _step: Step, _at: datetime) -> None:
    """Count the first of the pieces at the bench, and leave it at that."""
    for line_id, count in telling.some().items():
        for _piece in range(count):
            scanning.scan(
                telling.return_,
                actor=telling.staff[Role.WAREHOUSE],
                key=UUID(int=telling.random.getrandbits(128), version=4),
                line_id=line_id,
            )


def _find_more(telling: Telling, _step: Step, at: datetime) -> None:
    """Receive the first of the pieces, and something that nobody had asked to return."""
    mug = Variant.objects.select_related("product").filter(sku__startswith="MUG-")[0]
    lifecycle.process(
        telling.return_,
        actor=telling.staff[Role.WAREHOUSE],
        receipts=[Receipt(line_id=key, quantity=count) for key, count in telling.some().items()],
        extra=[
            UnexpectedPieces(
                title=mug.product.title,
                sku=mug.sku,
                quantity=1,
                variant_id=mug.pk,
                grade="as-new",
            )
        ],
        at=at,
    )


def _decide_more(telling: Telling, _step: Step, at: datetime) -> None:
    lifecycle.decide_unexpected(
        telling.return_,
        actor=telling.staff[Role.WAREHOUSE],
        item_id=telling.return_.unexpected_items.get().pk,
        type=Fate.RESTOCKED,
        at=at,
    )


def _ship_back(telling: Telling, step: Step, at: datetime) -> None:
    lifecycle.ship_back(
        telling.return_,
        actor=telling.staff[Role.WAREHOUSE],
        quantities={line.pk: line.refusable_quantity for line in telling.lines()},
        message=telling.text(step),
        carrier="DHL",
        tracking_number=f"JJD{telling.random.randrange(10**12):012}",
        at=at,
    )


def _want_repair(telling: Telling, _step: Step, at: datetime) -> None:
    """Ask to have what is broken repaired."""
    wishes = [
        evidence.shown(telling.order, replace(wish, reason=evidence.SHOWN, repair=True))
        for wish in telling.wishes
    ]
    telling.began(lifecycle.request(telling.order, wishes, actor=telling.buyer, at=at))


def _ship_repaired(telling: Telling, step: Step, at: datetime) -> None:
    lifecycle.ship_repaired(
        telling.return_,
        actor=telling.staff[Role.WAREHOUSE],
        quantities={line.pk: line.repairable_quantity for line in telling.lines()},
        message=telling.text(step),
        carrier="DHL",
        tracking_number=f"JJD{telling.random.randrange(10**12):012}",
        at=at,
    )


def _let_keep(telling: Telling, step: Step, at: datetime) -> None:
    support = telling.staff[Role.SUPPORT]
    lifecycle.let_keep(telling.return_, actor=support, note=telling.text(step), at=at)


def _close(telling: Telling, _step: Step, at: datetime) -> None:
    lifecycle.close(telling.return_, actor=telling.staff[Role.SUPPORT], at=at)


def _reopen(telling: Telling, _step: Step, at: datetime) -> None:
    lifecycle.reopen(telling.return_, actor=telling.staff[Role.SUPPORT], at=at)


def _note(telling: Telling, step: Step, at: datetime) -> None:
    support = telling.staff[Role.SUPPORT]
    lifecycle.add_note(telling.return_, actor=support, body=telling.text(step), at=at)


def _waive(telling: Telling, step: Step, at: datetime) -> None:
    """Let go of the fees, if the return has any."""
    for fee in telling.return_.fees.all():
        lifecycle.waive_fee(
            telling.return_,
            actor=telling.staff[Role.SUPPORT],
            fee_id=fee.pk,
            reason=telling.text(step),
            at=at,
        )


def _refund(telling: Telling, _step: Step, at: datetime) -> None:
    _pay(telling, at, share=100)


def _refund_less(telling: Telling, _step: Step, at: datetime) -> None:
    _pay(telling, at, share=80, note="Signs of use, agreed with the buyer.")


def _pay(telling: Telling, at: datetime, *, share: int, note: str = "") -> None:
    """Pay back `share` percent of what is proposed."""
    proposed = proposals.propose(telling.return_)
    payouts.refund(
        telling.return_,
        actor=telling.staff[Role.FINANCE],
        key=UUID(int=telling.random.getrandbits(128), version=4),
        amount=rounded(proposed.amount * share / 100, proposed.currency),
        note=note,
        reference=f"PB-{telling.random.randrange(10**7):07}",
        at=at,
    )


def _label(telling: Telling, _step: Step, at: datetime) -> None:
    parcels.announce(telling.return_, telling.staff[Role.SUPPORT], at)


def _hand_in(telling: Telling, _step: Step, at: datetime) -> None:
    parcels.hand_in(telling.return_, telling.buyer, telling.random, at)


def _in_transit(telling: Telling, _step: Step, at: datetime) -> None:
    parcels.move(telling.return_, telling.staff[Role.WAREHOUSE], "IN_TRANSIT", at)


def _arrive(telling: Telling, _step: Step, at: datetime) -> None:
    parcels.move(telling.return_, telling.staff[Role.WAREHOUSE], "ARRIVED", at)


def _mend(telling: Telling, _step: Step, at: datetime) -> None:
    parcels.mend(telling.return_, telling.staff[Role.SUPPORT], telling.random, at)


def _drop(telling: Telling, _step: Step, at: datetime) -> None:
    parcels.drop(telling.return_, telling.staff[Role.SUPPORT], at)


def _swap(telling: Telling, _step: Step, at: datetime) -> None:
    """Ask for another size or colour of what goes back."""
    bought = FulfillmentLine.objects.get(pk=telling.wishes[0].fulfillment_line_id).order_line
    offers = exchange_offers.for_lines(telling.order, [bought])[bought.pk]
    others = [offer for offer in offers if offer.variant.pk != bought.variant_id] or offers
    wanted = ExchangeRequest(
        variant_id=telling.random.choice(others).variant.pk,
        quantity=telling.wishes[0].quantity,
        replaces=0,
    )
    made = lifecycle.request(
        telling.order, _shown(telling), actor=telling.buyer, exchanges=[wanted], at=at
    )
    telling.began(made)


def _upgrade(telling: Telling, step: Step, at: datetime) -> None:
    """Agree on something that costs a little more than all that goes back."""
    worth = proposals.propose(telling.return_).items_amount
    dearer = Variant.objects.filter(price__gt=worth, stock_levels__available__gt=5)
    # Of the same product it could be an even exchange.
    bought = [line.fulfillment_line.order_line.variant_id for line in telling.lines()]
    others = dearer.exclude(product__variants__in=[key for key in bought if key])
    variant = others.order_by("price", "pk").first()
    if variant is None:
        raise LookupError("Nothing of the demo costs more than what goes back.")
    lifecycle.add_exchanges(
        telling.return_,
        actor=telling.staff[Role.SUPPORT],
        exchanges=[
            ExchangeRequest(variant_id=variant.pk, quantity=1, replaces=telling.lines()[0].pk)
        ],
        override_policy=True,
        note=telling.text(step),
        at=at,
    )


def _pay_more(telling: Telling, _step: Step, at: datetime) -> None:
    number = telling.random.getrandbits(64)
    lifecycle.record_payment(
        telling.return_,
        actor=telling.staff[Role.FINANCE],
        amount=telling.return_.exchange_owed,
        key=f"demo-{number}",
        method=PaymentMethod.BANK_TRANSFER,
        reference=f"RF{number % 10**8:08}",
        at=at,
    )


def _pay_with_credit(telling: Telling, step: Step, at: datetime) -> None:
    """The buyer was given a little more credit than is owed, and spends it."""
    owed = telling.return_.exchange_owed
    ledger.credit(
        ledger.open_account(telling.order, at=at),
        owed + 5 - owed % 5,
        actor=telling.staff[Role.FINANCE],
        key=UUID(int=telling.random.getrandbits(128), version=4),
        note=telling.text(step),
        at=at,
    )
    key = UUID(int=telling.random.getrandbits(128), version=4)
    lifecycle.pay_with_credit(telling.return_, actor=telling.buyer, key=key, at=at)


def _send(telling: Telling, _step: Step, at: datetime) -> None:
    return_ = telling.return_
    lifecycle.process_exchange(
        return_,
        actor=telling.staff[Role.WAREHOUSE],
        quantities={line.pk: line.unprocessed_quantity for line in return_.exchange_lines.all()},
        tracking=Tracking(company="DHL", number=f"{telling.random.randrange(10**12):012}"),
        at=at,
    )


def _take_out(telling: Telling, _step: Step, at: datetime) -> None:
    return_ = telling.return_
    pieces = {line.pk: line.quantity for line in return_.exchange_lines.all()}
    support = telling.staff[Role.SUPPORT]
    lifecycle.remove_exchanges(return_, actor=support, quantities=pieces, at=at)


def _ask(telling: Telling, step: Step, at: datetime) -> None:
    support = telling.staff[Role.SUPPORT]
    messages.ask_for_details(telling.return_, actor=support, body=telling.text(step), at=at)


def _answer(telling: Telling, step: Step, at: datetime) -> None:
    photos = [evidence.photo(telling.order)]
    body = telling.text(step)
    messages.write(telling.return_, actor=telling.buyer, body=body, photos=photos, at=at)


def _write(telling: Telling, step: Step, at: datetime) -> None:
    messages.write(telling.return_, actor=telling.buyer, body=telling.text(step), at=at)


def _reply(telling: Telling, step: Step, at: datetime) -> None:
    support = telling.staff[Role.SUPPORT]
    messages.write(telling.return_, actor=support, body=telling.text(step), at=at)


def _settle(telling: Telling, _step: Step, at: datetime) -> None:
    messages.settle(telling.return_, actor=telling.staff[Role.SUPPORT], at=at)


_ACTS: Final[dict[Verb, Callable[[Telling, Step, datetime], None]]] = {
    Verb.REQUEST: _request,
    Verb.CREATE: _create,
    Verb.APPROVE: _approve,
    Verb.APPROVE_SOME: _approve_some,
    Verb.DECLINE: _decline,
    Verb.WITHDRAW: _withdraw,
    Verb.CANCEL: _cancel,
    Verb.REMOVE: _remove,
    Verb.RECEIVE: _receive,
    Verb.RECEIVE_SOME: _receive_some,
    Verb.DECIDE: _decide,
    Verb.CLOSE: _close,
    Verb.REOPEN: _reopen,
    Verb.NOTE: _note,
    Verb.SCAN_SOME: _scan_some,
    Verb.FIND_MORE: _find_more,
    Verb.DECIDE_MORE: _decide_more,
    Verb.SHIP_BACK: _ship_back,
    Verb.WANT_REPAIR: _want_repair,
    Verb.SHIP_REPAIRED: _ship_repaired,
    Verb.LET_KEEP: _let_keep,
    Verb.WAIVE: _waive,
    Verb.REFUND: _refund,
    Verb.REFUND_LESS: _refund_less,
    Verb.LABEL: _label,
    Verb.HAND_IN: _hand_in,
    Verb.IN_TRANSIT: _in_transit,
    Verb.ARRIVE: _arrive,
    Verb.MEND: _mend,
    Verb.DROP: _drop,
    Verb.SWAP: _swap,
    Verb.UPGRADE: _upgrade,
    Verb.PAY: _pay_more,
    Verb.PAY_WITH_CREDIT: _pay_with_credit,
    Verb.SEND: _send,
    Verb.TAKE_OUT: _take_out,
    Verb.ASK: _ask,
    Verb.ANSWER: _answer,
    Verb.WRITE: _write,
    Verb.REPLY: _reply,
    Verb.SETTLE: _settle,
}

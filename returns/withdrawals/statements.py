"""Taking a statement of withdrawal: kept at once and for good, whatever is to be said about it."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts.actors import Actor
from orders import search
from orders.models import Order, Store
from returns import events
from returns.models import (
    WebhookTopic,
    WithdrawalCase,
    WithdrawalEventType,
    WithdrawalState,
    WithdrawalStatement,
)
from returns.withdrawals import history, period

# By name, because the tasks lie above: they send mail.
ACKNOWLEDGE_TASK: Final = "returns.tasks.acknowledge_withdrawal"
HANDLE_TASK: Final = "returns.tasks.handle_withdrawal"

# In a flood one statement after the other is seen to: thirty a minute, behind all other jobs, and
# none waits longer than an hour for its turn.
_SECONDS_EACH: Final = 2
_LONGEST_WAIT: Final = 3600
_BEHIND_ALL: Final = -20
_BEFORE_MAILS: Final = 10


@dataclass(frozen=True, kw_only=True)
class Item:
    """Some pieces of an order line that a statement names; line: the order line's `uuid`."""

    line: str
    title: str
    options: str
    sku: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class Content:
    """What somebody states. order: one of their own, chosen by a buyer who is known.

    items and items_text: only these; neither for the whole contract. wording: the sentence and the
    button that were on the page. language: of the page, and of the confirmation.
    """

    store: Store
    name: str
    email: str
    order_reference: str
    order: Order | None = None
    items: tuple[Item, ...] = ()
    items_text: str = ""
    wording: str = ""
    language: str = ""


def submit(
    content: Content,
    *,
    actor: Actor,
    request_key: UUID,
    is_slow: bool = False,
    at: datetime | None = None,
) -> WithdrawalStatement:
    """Keep a statement and enqueue its confirmation and what follows, in one transaction.

    Nothing refuses it. The same request_key again gives the statement that it made. is_slow: there
    are too many just now, so the jobs about this one wait for their turn. at: for history that is
    told afterwards; then nothing is enqueued.
    """
    now = at or timezone.now()
    try:
        with transaction.atomic():
            statement = _store(content, actor, request_key, now)
            case = _open_case(content, statement, is_slow=is_slow)
            history.record(case, WithdrawalEventType.RECEIVED, actor=actor, at=now)
            if at is None:
                _enqueue(statement, is_slow=is_slow)
                _publish(statement)
    except IntegrityError:
        # The same button pressed twice, perhaps at once: the first one made it.
        return WithdrawalStatement.objects.get(request_key=request_key)
    return statement


def _open_case(
    content: Content, statement: WithdrawalStatement, *, is_slow: bool
) -> WithdrawalCase:
    told = (statement.reference, content.order_reference, content.name, content.email)
    return WithdrawalCase.objects.create(
        statement=statement,
        store=content.store,
        order=content.order,
        refund_by=period.refund_by(statement.received_at, content.store.zone),
        is_slow=is_slow,
        search=search.vector(search.words(*told)),
    )


def _store(content: Content, actor: Actor, request_key: UUID, now: datetime) -> WithdrawalStatement:
    public_id = uuid4()
    items = [vars(item) for item in content.items]
    text = canonical(_plain(content, actor, public_id, now))
    return WithdrawalStatement.objects.create(
        public_id=public_id,
        request_key=request_key,
        store=content.store,
        received_at=now,
        name=content.name,
        email=content.email,
        order_reference=content.order_reference,
        order=content.order,
        items=items,
        items_text=content.items_text,
        language=content.language or content.store.language,
        content=text,
        sha256=digest(text),
    )


def _plain(content: Content, actor: Actor, public_id: UUID, now: datetime) -> dict[str, Any]:
    """Return all that was stated, as plain data."""
    return {
        "version": 1,
        "id": str(public_id),
        "store": content.store.code,
        "trader": content.store.company or content.store.name,
        "submitted_at": now.astimezone(UTC).isoformat(timespec="microseconds"),
        "time_zone": content.store.time_zone,
        "name": content.name,
        "confirmation_to": content.email,
        "order": content.order_reference,
        "items": [
            {name: value for name, value in vars(item).items() if name != "line"}
            for item in content.items
        ],
        "items_in_words": content.items_text,
        "whole_contract": not content.items and not content.items_text,
        "wording": content.wording,
        "language": content.language or content.store.language,
        "signed_in": actor.user_id is not None,
    }


def canonical(plain: dict[str, Any]) -> str:
    """Return plain data as JSON that is the same for the same data: keys sorted, no spaces."""
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_genuine(statement: WithdrawalStatement) -> bool:
    """Whether the content is what its hash says, and the columns what the content says."""
    plain = json.loads(statement.content)
    told = (plain["id"], plain["name"], plain["confirmation_to"], plain["order"])
    kept = (
        str(statement.public_id),
        statement.name,
        statement.email,
        statement.order_reference,
    )
    at = datetime.fromisoformat(plain["submitted_at"])
    return (
        digest(statement.content) == statement.sha256
        and told == kept
        and at == statement.received_at
    )


def _enqueue(statement: WithdrawalStatement, *, is_slow: bool) -> None:
    for task in (ACKNOWLEDGE_TASK, HANDLE_TASK):
        job = app.configure_task(task, priority=_BEFORE_MAILS)
        if is_slow:
            wait = {"seconds": _turn()}
            job = app.configure_task(task, priority=_BEHIND_ALL, schedule_in=wait)
        job.defer(statement_id=statement.pk)


def _publish(statement: WithdrawalStatement) -> None:
    """Tell subscribers what was stated, word for word, with the hash of it."""
    events.publish(
        WebhookTopic.WITHDRAWALS_CREATE,
        key=str(statement.pk),
        at=statement.received_at,
        body={
            **json.loads(statement.content),
            "reference": statement.reference,
            "sha256": statement.sha256,
        },
    )


def _turn() -> int:
    """Return in how many seconds it is the turn of a statement that comes in a flood."""
    waiting = WithdrawalCase.objects.filter(state=WithdrawalState.QUEUED, is_slow=True)
    most = _LONGEST_WAIT // _SECONDS_EACH
    return min(waiting.order_by()[:most].count() * _SECONDS_EACH, _LONGEST_WAIT)

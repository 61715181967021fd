"""Messages between buyer and staff: who may, who waits for whom, who gets a mail."""

from collections.abc import Callable
from io import BytesIO

import pytest
from django.core import mail

from accounts.models import Role
from returns import lifecycle
from returns.errors import (
    InvalidPhoto,
    InvalidState,
    MissingNote,
    NotPermitted,
    ReturnError,
    TooLong,
    TooManyMessages,
)
from returns.evidence import collecting, messages
from returns.evidence.threads import messages_of, with_evidence
from returns.models import EventType, Message, Return
from returns.queries import Queue, queue
from tests.conftest import RunJobs
from tests.returns.evidence.test_photos import picture
from tests.returns.stories import BUYER, SYSTEM, opened, requested, staff

pytestmark = pytest.mark.django_db


def photo(return_: Return) -> str:
    content = picture()
    return str(collecting.upload(return_.order, BytesIO(content), len(content)).public_id)


def waiting(return_: Return) -> tuple[bool, bool]:
    """Whether the buyer is to answer, and whether staff are; the queues say the same."""
    return_.refresh_from_db()
    told = (return_.details_asked_at is not None, return_.to_answer_since is not None)
    assert told == (
        queue(Queue.ASKED).filter(pk=return_.pk).exists(),
        queue(Queue.ANSWER).filter(pk=return_.pk).exists(),
    )
    return told


def sent(run_jobs: RunJobs) -> mail.EmailMessage:
    """The last mail, with no other since the outbox was emptied."""
    run_jobs()
    (one,) = mail.outbox
    return one


@pytest.fixture
def return_(run_jobs: RunJobs) -> Return:
    made = requested()
    run_jobs()
    mail.outbox.clear()
    return made


def test_buyer_writes_and_staff_are_mailed(return_: Return, run_jobs: RunJobs) -> None:
    messages.write(return_, actor=BUYER, body=" It broke.\n", photos=[photo(return_)])
    written = Message.objects.get()
    assert (written.author_kind, written.author_name, written.body, written.asks) == (
        "BUYER",
        "Ada Winter",
        "It broke.",
        False,
    )
    assert written.photos.count() == 1
    assert waiting(return_) == (False, True)
    one = sent(run_jobs)
    assert one.to == [return_.store.email]
    assert one.subject == f"Ada Winter wrote about return {return_.reference}"
    assert "It broke." in str(one.body)
    assert f"/backoffice/returns/{return_.pk}" in str(one.body)
    assert "1 photo is on the page" in str(one.body)


def test_staff_write_and_the_buyer_is_mailed(return_: Return, run_jobs: RunJobs) -> None:
    messages.write(return_, actor=BUYER, body="Hello?")
    run_jobs()
    mail.outbox.clear()
    messages.write(return_, actor=staff(Role.SUPPORT), body="Hello!")
    assert waiting(return_) == (False, False)
    one = sent(run_jobs)
    assert one.to == [return_.order.email]
    assert one.subject == f"A message about return {return_.reference}"
    assert "Hello!" in str(one.body)
    assert "/r/" in str(one.body) or str(return_.public_id) in str(one.body)


def test_details_are_asked_for_until_the_buyer_writes(return_: Return, run_jobs: RunJobs) -> None:
    messages.ask_for_details(return_, actor=staff(Role.SUPPORT), body="A photo, please.")
    assert waiting(return_) == (True, False)
    one = sent(run_jobs)
    assert one.to == [return_.order.email]
    assert one.subject == f"We need something from you for return {return_.reference}"
    messages.write(return_, actor=staff(Role.FINANCE), body="And its number.")
    assert waiting(return_) == (True, False)
    messages.write(return_, actor=BUYER, body="", photos=[photo(return_)])
    assert waiting(return_) == (False, True)


def test_store_without_an_address_gets_no_mail(return_: Return, run_jobs: RunJobs) -> None:
    return_.store.email = ""
    return_.store.save()
    messages.write(return_, actor=BUYER, body="Hello?")
    run_jobs()
    assert mail.outbox == []


def test_what_needs_no_answer_is_settled_once(return_: Return, run_jobs: RunJobs) -> None:
    messages.write(return_, actor=BUYER, body="Thanks!")
    for _time in range(2):
        messages.settle(return_, actor=staff(Role.SUPPORT))
    assert waiting(return_) == (False, False)
    settled = return_.events.get(type=EventType.MESSAGE_SETTLED)
    assert settled.internal


def test_return_that_ended_waits_for_no_details(return_: Return) -> None:
    messages.ask_for_details(return_, actor=SYSTEM, body="A photo, please.")
    lifecycle.cancel(return_, actor=BUYER)
    assert not queue(Queue.ASKED).exists()
    with pytest.raises(InvalidState):
        messages.ask_for_details(return_, actor=SYSTEM, body="Once more.")
    with pytest.raises(InvalidState):
        messages.write(return_, actor=BUYER, body="", photos=[photo(return_)])
    messages.write(return_, actor=BUYER, body="Sorry!")
    assert queue(Queue.ANSWER).get() == return_


@pytest.mark.parametrize(
    ("role", "may"),
    [(Role.SUPPORT, True), (Role.FINANCE, True), (Role.MANAGER, True), (Role.WAREHOUSE, False)],
)
def test_not_all_staff_write(return_: Return, role: Role, may: bool) -> None:
    member = staff(role)
    acts: list[Callable[[], object]] = [
        lambda: messages.write(return_, actor=member, body="Hello!"),
        lambda: messages.ask_for_details(return_, actor=member, body="A photo?"),
        lambda: messages.settle(return_, actor=member),
    ]
    for act in acts:
        if may:
            act()
        else:
            with pytest.raises(NotPermitted):
                act()


def test_buyers_neither_ask_nor_settle(return_: Return) -> None:
    with pytest.raises(NotPermitted):
        messages.ask_for_details(return_, actor=BUYER, body="Why?")
    with pytest.raises(NotPermitted):
        messages.settle(return_, actor=BUYER)


@pytest.mark.parametrize(
    ("body", "photos", "error", "field"),
    [
        (" \n", [], MissingNote, ("body",)),
        ("x" * 2001, [], TooLong, ("body",)),
        ("Look!", ["nonsense"], InvalidPhoto, ("photos",)),
        ("Look!", [str(number) for number in range(9)], InvalidPhoto, ("photos",)),
    ],
)
def test_bad_messages_are_refused_at_their_field(
    return_: Return,
    body: str,
    photos: list[str],
    error: type[ReturnError],
    field: tuple[str, ...],
) -> None:
    with pytest.raises(error) as refused:
        messages.write(return_, actor=BUYER, body=body, photos=photos)
    assert refused.value.field == field
    assert Message.objects.count() == 0
    assert waiting(return_) == (False, False)


def test_photo_of_another_order_is_refused(return_: Return) -> None:
    with pytest.raises(InvalidPhoto):
        messages.write(return_, actor=BUYER, body="Look!", photos=[photo(requested())])


def test_buyer_who_goes_on_and_on_is_asked_to_wait(
    return_: Return, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "MOST_IN_A_ROW", 2)
    for _time in range(2):
        messages.write(return_, actor=BUYER, body="Hello?")
    with pytest.raises(TooManyMessages, match="wait until we have answered"):
        messages.write(return_, actor=BUYER, body="Hello?")
    messages.write(return_, actor=SYSTEM, body="Here we are.")
    messages.write(return_, actor=BUYER, body="At last.")


def test_thread_has_an_end(return_: Return, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MOST_PER_RETURN", 1)
    messages.write(return_, actor=SYSTEM, body="One.")
    with pytest.raises(TooManyMessages, match="enough messages"):
        messages.write(return_, actor=SYSTEM, body="Two.")


def test_thread_is_told_in_order_and_of_this_return_alone(return_: Return) -> None:
    other = opened()
    messages.write(other, actor=BUYER, body="Elsewhere.")
    messages.write(return_, actor=BUYER, body="First.", photos=[photo(return_)])
    messages.ask_for_details(return_, actor=staff(Role.SUPPORT), body="Second.")
    written = messages_of(with_evidence(Return.objects.all()).get(pk=return_.pk))
    assert [(one.is_buyers, one.author, one.body, one.asks) for one in written] == [
        (True, "Ada Winter", "First.", False),
        (False, "Sam", "Second.", True),
    ]
    assert [len(one.photos) for one in written] == [1, 0]

"""One statement and one return, however often and at once the button or the queue comes."""

from functools import partial
from uuid import uuid4

import pytest

from accounts import actors
from returns.models import Return, WithdrawalCase, WithdrawalStatement
from returns.withdrawals import handling, statements
from tests.concurrency.threads import all_at_once, together
from tests.factories import sent_order
from tests.returns import withdrawing

pytestmark = pytest.mark.django_db(transaction=True)


def test_button_pressed_twice_at_once_is_one_statement() -> None:
    order = sent_order(1)
    key, content = uuid4(), withdrawing.content(order)
    submit = partial(statements.submit, content, actor=actors.buyer("Ada"), request_key=key)

    first, second = together(submit, submit)

    assert first == second
    assert WithdrawalStatement.objects.count() == WithdrawalCase.objects.count() == 1


def test_queue_that_handles_twice_at_once_opens_one_return() -> None:
    statement = withdrawing.state(sent_order(2))

    outcomes = all_at_once(*[partial(handling.handle, statement.pk)] * 3)

    assert [outcome.state for outcome in outcomes] == ["HANDLED"] * 3
    assert Return.objects.count() == 1


@pytest.mark.parametrize("is_whole", [True, False])
def test_same_statement_twice_at_once_opens_one_return(is_whole: bool) -> None:
    order = sent_order(3)
    items = () if is_whole else (withdrawing.item(order),)
    first, second = (withdrawing.state(order, items=items) for _number in range(2))

    all_at_once(partial(handling.handle, second.pk), partial(handling.handle, first.pk))

    assert Return.objects.count() == 1
    assert sorted(case.flags for case in WithdrawalCase.objects.all()) == [[], ["REPEATED"]]

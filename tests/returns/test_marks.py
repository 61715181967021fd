"""Tags and assignment: what they change, what lists find, what is refused."""

import pytest

from accounts.models import Role
from returns import marks, queries
from returns.errors import InvalidTag, NotPermitted, UnknownMember
from returns.models import Event, Return
from returns.queries import Filters
from tests.factories import UserFactory
from tests.returns.stories import BUYER, SYSTEM, requested, staff

pytestmark = pytest.mark.django_db


def listed(**filters: str) -> list[Return]:
    return list(queries.find(Filters(**filters)))  # type: ignore[arg-type]


def test_tags_are_kept_in_small_letters_and_found() -> None:
    return_, _other = requested(), requested()
    marks.tag(return_, actor=staff(Role.WAREHOUSE), add=["VIP  buyer", " late ", "late"])
    return_.refresh_from_db()

    assert return_.tags == ["vip-buyer", "late"]
    assert listed(tag="vip-buyer") == [return_]
    event = Event.objects.get(type="return.tagged")
    assert (event.data, event.internal) == ({"added": ["vip-buyer", "late"], "removed": []}, True)


def test_tag_that_goes_is_found_no_more_and_the_rest_is() -> None:
    return_ = marks.tag(requested(), actor=SYSTEM, add=["a", "b"])
    marks.tag(return_, actor=SYSTEM, add=["c"], remove=["a"])
    return_.refresh_from_db()

    assert return_.tags == ["b", "c"]
    found = [listed(tag=one) for one in "abc"]
    assert found == [[], [return_], [return_]]
    assert listed(words=return_.reference) == [return_]


def test_same_tags_again_change_nothing() -> None:
    return_ = marks.tag(requested(), actor=SYSTEM, add=["a"])
    marks.tag(return_, actor=SYSTEM, add=["A"], remove=["z"])
    assert Event.objects.filter(type="return.tagged").count() == 1


@pytest.mark.parametrize("tags", [["x" * 51], ["a,b"], ["a\0"], [f"t{n}" for n in range(21)]])
def test_tag_that_cannot_be_one_is_refused(tags: list[str]) -> None:
    return_ = requested()
    with pytest.raises(InvalidTag) as error:
        marks.tag(return_, actor=SYSTEM, add=tags)
    assert error.value.field == ("tags",)
    return_.refresh_from_db()
    assert return_.tags == []


def test_assignment_is_told_and_found() -> None:
    kim, lea = (UserFactory(roles=[Role.SUPPORT], name=name) for name in ("Kim", "Lea"))
    return_ = marks.assign(requested(), actor=SYSTEM, to=kim)
    assert listed(assignee=str(kim.pk)) == [return_]

    marks.assign(return_, actor=SYSTEM, to=lea)
    marks.assign(return_, actor=SYSTEM, to=lea)
    assert (listed(assignee=str(kim.pk)), listed(assignee=str(lea.pk))) == ([], [return_])
    marks.assign(return_, actor=SYSTEM, to=None)
    return_.refresh_from_db()
    assert return_.assignee is None
    told = Event.objects.filter(type="return.assigned").order_by("pk")
    assert [event.data["to"] for event in told] == ["Kim", "Lea", ""]


def test_nobody_who_left_gets_work_and_no_buyer_gives_it() -> None:
    gone = UserFactory(roles=[Role.SUPPORT], is_active=False)
    with pytest.raises(UnknownMember):
        marks.assign(requested(), actor=SYSTEM, to=gone)
    for act in (marks.tag, lambda one, actor: marks.assign(one, actor=actor, to=None)):
        with pytest.raises(NotPermitted):
            act(requested(), actor=BUYER)

"""Filters of subscriptions, and the fields they keep."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from returns.errors import InvalidFilter
from returns.webhooks.filters import compiled, pruned

BODY: dict[str, Any] = {
    "id": 7,
    "status": "open",
    "name": "#1001-R1",
    "note": None,
    "total": 2,
    "amount": "10.50",
    "is_new": True,
    "lines": [{"id": 1, "order": {"id": 5, "gid": "x"}}, {"id": 2}],
}


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("", True),
        ("status:open", True),
        ("status:OPEN", True),
        ("status:closed", False),
        ("-status:closed", True),
        ("NOT status:open", False),
        ("status:open total:>=2", True),
        ("status:open AND total:>2", False),
        ("status:closed OR total:<3", True),
        ("status:open AND (total:1 OR amount:<=10.5)", True),
        ("status:closed OR status:open AND total:9", False),
        ("(status:closed OR status:open) -(total:9)", True),
        ('name:"#1001-R1"', True),
        ('name:"#1001"', False),
        ("name:#10*", True),
        ("name:#20*", False),
        ("note:*", False),
        ("id:*", True),
        ("nothing:*", False),
        ("nothing:1", False),
        ("nothing:>1", False),
        ("is_new:true", True),
        ("lines:1", False),
        ("id:7", True),
    ],
)
def test_filter_passes(text: str, passes: bool) -> None:
    assert compiled(text)(BODY) is passes


@pytest.mark.parametrize(
    "text",
    [
        *("status", "status:", "OR", "status:open OR", "(status:open", "status:open)", "-", "NOT"),
        *('name:"open', "AND status:open", "()", "status:open AND OR x:1", "ä:ö ]", "a:1 :b"),
        "(" * 300 + "a:1" + ")" * 300,
        "-" * 500 + "a:1",
    ],
)
def test_filter_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InvalidFilter) as caught:
        compiled(text)
    assert caught.value.field == ("filter",)


@given(st.text(alphabet='ab:()"-*<>= ANDORT1#', max_size=40))
def test_any_filter_is_read_or_refused(text: str) -> None:
    try:
        test = compiled(text)
    except InvalidFilter:
        return
    assert test(BODY) in (True, False)


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ([], BODY),
        (["id", "status"], {"id": 7, "status": "open"}),
        (["lines.order.id"], {"lines": [{"order": {"id": 5}}, {}]}),
        (["lines"], {"lines": BODY["lines"]}),
        (["id.x", "nothing"], {"id": 7}),
    ],
)
def test_fields_are_kept(fields: list[str], kept: dict[str, Any]) -> None:
    assert pruned(BODY, fields) == kept

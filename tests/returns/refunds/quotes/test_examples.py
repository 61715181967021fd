"""The examples of docs/refunds.md come out as the page says."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from returns.refunds import quotes

PAGE = Path(settings.BASE_DIR) / "docs" / "refunds.md"
EXAMPLES: list[dict[str, Any]] = [
    json.loads(text)
    for text in re.findall(
        r"```json example\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL
    )
]


def shown(found: Any, expected: Any) -> Any:
    """What was found, cut down to the fields that the page shows."""
    if isinstance(expected, dict):
        return {name: shown(found.get(name), value) for name, value in expected.items()}
    if isinstance(expected, list) and len(found) == len(expected):
        return [shown(one, other) for one, other in zip(found, expected, strict=True)]
    return found


def test_page_has_examples() -> None:
    assert len(EXAMPLES) >= 10


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_comes_out_as_the_page_says(example: dict[str, Any]) -> None:
    found = quotes.answer(example["case"])

    assert shown(found, example["quote"]) == example["quote"]

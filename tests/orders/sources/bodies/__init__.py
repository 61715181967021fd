"""Messages of shops, written from the lists of fields that their makers document."""

import json
from pathlib import Path
from typing import Any

from orders.sources import reading


def body(name: str, /, **changes: Any) -> dict[str, Any]:
    """Return a message by the name of its file, with other values for some of its fields."""
    text = (Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return {**found, **changes}


def parsed(name: str, /, **changes: Any) -> Any:
    """Return a message as a worker reads it."""
    return reading.parsed(json.dumps(body(name, **changes)))

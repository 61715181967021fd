"""Who gets at the pages that belong to no site."""

from collections.abc import Callable
from typing import TypeVar

View = TypeVar("View", bound=Callable[..., object])


def everybody(reason: str) -> Callable[[View], View]:
    """Declare that a page is for everybody, and why that gives nothing away."""

    def declare(view: View) -> View:
        view.access_policy = f"everybody: {reason}"  # type: ignore[attr-defined]
        return view

    return declare

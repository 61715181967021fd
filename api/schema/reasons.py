"""Why goods come back: the library of reasons, and the older list of ten."""

from typing import Any, Final

import strawberry

from api.schema.fields import global_id, of, output, read
from api.schema.nodes import Node, register
from returns.models import ReturnReason as ReasonRow

HANDLES: Final = {
    "UNKNOWN": "unknown",
    "UNWANTED": "changed-my-mind",
    "NOT_AS_DESCRIBED": "item-not-as-described",
    "WRONG_ITEM": "received-the-wrong-item",
    "OTHER": "other-reason",
    "DEFECTIVE": "damaged-or-defective",
    "SIZE_TOO_SMALL": "too-small",
    "SIZE_TOO_LARGE": "too-big",
    "STYLE": "style",
    "COLOR": "color",
}
_NAMES: Final = {handle: name for name, handle in HANDLES.items()}


def older_name(reason: ReasonRow) -> str:
    """Return the reason in the older list; OTHER for one that only the shop has."""
    return _NAMES.get(reason.handle, "OTHER")


@output("ReturnReasonDefinition")
@of(ReasonRow)
class ReturnReasonDefinition(Node):
    """A reason from the shop's library."""

    id: strawberry.ID = global_id("ReturnReasonDefinition")
    handle: str = read("handle", "Its name for programs.")
    name: str = read("name", "Its name for people.")
    deleted: bool = read(
        lambda row: not row.active and row.handle != "unknown", "Whether it is no longer offered."
    )


register("ReturnReasonDefinition", ReasonRow.objects.all, scope="read_returns")


def definitions(ids: list[int] | None, handles: list[str] | None, words: str | None) -> Any:
    """Return the reasons that fit; None does not narrow."""
    found = ReasonRow.objects.all()
    if ids is not None:
        found = found.filter(pk__in=ids)
    if handles is not None:
        found = found.filter(handle__in=handles)
    for word in (words or "").replace("\0", "").split():
        found = found.filter(handle__icontains=word.rpartition(":")[2])
    return found

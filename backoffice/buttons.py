"""The acts that somebody may do on a return now, as buttons: drawn from the table of moves."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actors import Actor
from returns import lifecycle
from returns.models import Return, ReturnLine


@dataclass(frozen=True, kw_only=True)
class Button:
    """A link to the page of an act; `style` is the further class of its button or menu item."""

    label: "str | Promise"
    url: str
    icon: str
    style: str


# In order of importance: the first one beside the title that is possible is the main button.
_BUTTONS: tuple[tuple[str, "str | Promise", str], ...] = (
    ("approve", _("Approve"), "check"),
    ("ship_repaired", _("Repaired: send back"), "truck"),
    ("process", _("Receive"), "scan"),
    ("process_exchange", _("Send replacement"), "truck"),
    ("record_payment", _("Book payment"), "money"),
    ("refund", pgettext_lazy("verb", "Refund"), "money"),
    ("decline", _("Decline"), "x-circle"),
    ("ship_back", _("Send back to the buyer"), "truck"),
    ("let_keep", _("Let the buyer keep items"), "gift"),
    ("remove_lines", _("Remove items"), "minus"),
    ("add_exchanges", _("Add replacement"), "plus"),
    ("remove_exchanges", _("Take out replacement"), "minus"),
    ("close", _("Close"), "check-circle"),
    ("reopen", _("Reopen"), "refresh"),
    ("cancel", _("Cancel return"), "ban"),
)
_DANGEROUS = ("decline", "cancel")
_BESIDE = (
    *("approve", "process", "process_exchange", "record_payment", "refund"),
    *("ship_repaired", "decline"),
)


def of_return(
    return_: Return, actor: Actor, lines: Sequence[ReturnLine]
) -> tuple[list[Button], list[Button]]:
    """Return the buttons beside the title, main one first, and those in the menu; no queries."""
    possible = set(lifecycle.available(return_, actor))
    if not any(line.refusable_quantity for line in lines):
        possible.discard("ship_back")
    if not any(line.repairable_quantity for line in lines):
        possible.discard("ship_repaired")
    beside: list[Button] = []
    menu: list[Button] = []
    for verb, label, icon in _BUTTONS:
        if verb not in possible:
            continue
        url = reverse(f"backoffice:{_page(verb, return_)}", args=[return_.pk])
        if verb in _BESIDE and not (verb == "refund" and _is_settled(lines)):
            style = "" if beside else "button--primary"
            style = "button--danger-quiet" if verb in _DANGEROUS else style
            beside.append(Button(label=label, url=url, icon=icon, style=style))
        else:
            style = "menu__item--danger" if verb in _DANGEROUS else ""
            menu.append(Button(label=label, url=url, icon=icon, style=style))
    return beside, menu


def _page(verb: str, return_: Return) -> str:
    """Receiving is done with a scanner; where all came and needs work there is nothing to scan."""
    scans = verb == "process" and return_.unprocessed_quantity
    return "bench" if scans else f"return_{verb}"


def _is_settled(lines: Sequence[ReturnLine]) -> bool:
    """Whether more could be paid, but usually nothing is."""
    return not any(line.owed_quantity for line in lines)

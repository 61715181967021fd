"""The acts that somebody may do on a return now, as buttons: drawn from the table of moves."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from returns import lifecycle
from returns.models import Return


@dataclass(frozen=True, kw_only=True)
class Button:
    """A link to the page of an act; `style` is the button's class, "" in the menu."""

    label: "str | Promise"
    url: str
    icon: str
    style: str


# In order of importance: the first that is possible is the page's main button.
_BUTTONS: tuple[tuple[str, "str | Promise", str], ...] = (
    ("approve", _("Approve"), "check"),
    ("process", _("Receive"), "scan"),
    ("refund", _("Refund"), "money"),
    ("decline", _("Decline"), "x-circle"),
    ("remove_lines", _("Remove items"), "minus"),
    ("close", _("Close"), "check-circle"),
    ("reopen", _("Reopen"), "refresh"),
    ("cancel", _("Cancel return"), "ban"),
)
_DANGEROUS = ("decline", "cancel")
_BESIDE = ("process", "refund", "decline")


def of_return(return_: Return, actor: Actor) -> tuple[list[Button], list[Button]]:
    """Return the buttons beside the title, main one first, and those in the menu; no queries."""
    possible = lifecycle.available(return_, actor)
    beside: list[Button] = []
    menu: list[Button] = []
    for verb, label, icon in _BUTTONS:
        if verb not in possible:
            continue
        quiet = "button--danger-quiet" if verb in _DANGEROUS else ""
        button = Button(
            label=label,
            url=reverse(f"backoffice:return_{verb}", args=[return_.pk]),
            icon=icon,
            style=quiet if beside or quiet else "button--primary",
        )
        (beside if verb in _BESIDE or (not beside and not quiet) else menu).append(button)
    return beside, menu

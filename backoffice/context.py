"""What every page of the back office knows: the navigation that this person may use."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, ActorKind
from accounts.models import Role
from accounts.permissions import Permission


@dataclass(frozen=True, kw_only=True)
class Place:
    """One page in the navigation; its address is also how addresses below it begin."""

    name: str
    label: "str | Promise"
    icon: str
    permission: Permission


SECTIONS: tuple[tuple["str | Promise", tuple[Place, ...]], ...] = (
    (
        "",
        (
            Place(name="home", label=_("Home"), icon="home", permission=Permission.VIEW_RETURNS),
            Place(
                name="returns",
                label=_("Returns"),
                icon="return",
                permission=Permission.VIEW_RETURNS,
            ),
            Place(
                name="withdrawals",
                label=_("Withdrawals"),
                icon="note",
                permission=Permission.VIEW_RETURNS,
            ),
            Place(name="receive", label=_("Receive"), icon="scan", permission=Permission.RECEIVE),
            Place(
                name="orders", label=_("Orders"), icon="receipt", permission=Permission.VIEW_ORDERS
            ),
            Place(
                name="credit",
                label=_("Store credit"),
                icon="money",
                permission=Permission.VIEW_ORDERS,
            ),
            Place(
                name="imports",
                label=_("Imports"),
                icon="upload",
                permission=Permission.IMPORT_ORDERS,
            ),
            Place(
                name="sources",
                label=_("Order sources"),
                icon="inbox",
                permission=Permission.IMPORT_ORDERS,
            ),
        ),
    ),
    (
        _("Settings"),
        (
            Place(
                name="policies",
                label=_("Return policies"),
                icon="shield",
                permission=Permission.MANAGE_SETTINGS,
            ),
            Place(
                name="automation",
                label=_("Automation"),
                icon="sliders",
                permission=Permission.MANAGE_SETTINGS,
            ),
            Place(
                name="reasons",
                label=_("Return reasons"),
                icon="tag",
                permission=Permission.MANAGE_SETTINGS,
            ),
            Place(
                name="grades",
                label=_("Grades"),
                icon="eye",
                permission=Permission.MANAGE_SETTINGS,
            ),
            Place(
                name="stores",
                label=_("Stores"),
                icon="store",
                permission=Permission.MANAGE_SETTINGS,
            ),
            Place(
                name="locations",
                label=_("Locations"),
                icon="warehouse",
                permission=Permission.MANAGE_SETTINGS,
            ),
            Place(
                name="routes",
                label=_("Ways back"),
                icon="truck",
                permission=Permission.MANAGE_SETTINGS,
            ),
            Place(
                name="withdrawal_functions",
                label=_("Withdrawal function"),
                icon="note",
                permission=Permission.MANAGE_SETTINGS,
            ),
            Place(
                name="exemptions",
                label=_("Exempt products"),
                icon="lock",
                permission=Permission.MANAGE_SETTINGS,
            ),
            Place(
                name="webhooks",
                label=_("Webhooks"),
                icon="external",
                permission=Permission.MANAGE_WEBHOOKS,
            ),
            Place(
                name="clients",
                label=_("API clients"),
                icon="key",
                permission=Permission.MANAGE_SETTINGS,
            ),
            Place(
                name="programs",
                label=_("Buyers' programs"),
                icon="user",
                permission=Permission.MANAGE_SETTINGS,
            ),
            Place(
                name="members", label=_("Staff"), icon="users", permission=Permission.MANAGE_STAFF
            ),
            Place(
                name="setting_changes",
                label=_("Changes"),
                icon="clock",
                permission=Permission.MANAGE_SETTINGS,
            ),
        ),
    ),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Return `navigation` and `user_role` for pages that a member of staff got into."""
    actor = getattr(request, "actor", None)
    if not isinstance(actor, Actor) or actor.kind != ActorKind.STAFF:
        return {}
    roles = [str(Role(role).label) for role in request.user.roles]  # type: ignore[union-attr]
    return {
        "navigation": Navigation(actor=actor, here=_top(request.path)),
        "user_role": ", ".join(roles),
    }


@dataclass(frozen=True, kw_only=True)
class Navigation:
    """Where `actor` may go from the place whose address begins with `here`."""

    actor: Actor
    here: str

    @property
    def key(self) -> str:
        """All that the navigation depends on besides the language, for who keeps it drawn."""
        return " ".join((self.here, *sorted(self.actor.permissions)))

    @property
    def sections(self) -> list[dict[str, Any]]:
        """The sections in which there is a place to go, with `label` and `items`."""
        sections = [
            {"label": label, "items": list(self._items(places))} for label, places in SECTIONS
        ]
        return [section for section in sections if section["items"]]

    def _items(self, places: tuple[Place, ...]) -> Iterator[dict[str, Any]]:
        for place in places:
            if self.actor.may(place.permission):
                url = reverse(f"backoffice:{place.name}")
                here = _top(url) == self.here
                yield {"label": place.label, "url": url, "icon": place.icon, "is_current": here}


def _top(path: str) -> str:
    """Return how an address begins below the back office; "" for the start page."""
    return path.removeprefix(reverse("backoffice:home")).partition("/")[0]

"""What every page of the back office knows: the navigation that this person may use."""

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
    """One page in the navigation; `url` is also how addresses below it begin."""

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
                name="orders", label=_("Orders"), icon="receipt", permission=Permission.VIEW_ORDERS
            ),
            Place(
                name="imports",
                label=_("Imports"),
                icon="upload",
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
                name="reasons",
                label=_("Return reasons"),
                icon="tag",
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
                name="members", label=_("Staff"), icon="users", permission=Permission.MANAGE_STAFF
            ),
        ),
    ),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Return `navigation` and `user_role` for pages that a member of staff got into."""
    actor = getattr(request, "actor", None)
    if not isinstance(actor, Actor) or actor.kind != ActorKind.STAFF:
        return {}
    sections = [
        {"label": label, "items": _items(places, actor, request.path)} for label, places in SECTIONS
    ]
    roles = [str(Role(role).label) for role in request.user.roles]  # type: ignore[union-attr]
    return {
        "navigation": [section for section in sections if section["items"]],
        "user_role": ", ".join(roles),
    }


def _items(places: tuple[Place, ...], actor: Actor, path: str) -> list[dict[str, Any]]:
    items = []
    for place in places:
        if actor.may(place.permission):
            url = reverse(f"backoffice:{place.name}")
            here = path == url or (place.name != "home" and path.startswith(f"{url}/"))
            items.append({"label": place.label, "url": url, "icon": place.icon, "is_current": here})
    return items

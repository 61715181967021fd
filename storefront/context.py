"""What every page of the storefront knows: where one can go from it."""

from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from storefront import withdrawals
from storefront.access import Buyer


def withdrawal(_request: HttpRequest) -> dict[str, Any]:
    """Return `withdrawal`, the link to withdraw from a contract; one query where it is shown."""
    return {"withdrawal": SimpleLazyObject(_link)}


def _link() -> dict[str, str] | None:
    """Return the link; none on a page that says that the database is away."""
    try:
        return withdrawals.link()
    except DatabaseError:
        return None


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Return `navigation` for the pages of somebody with orders; no queries."""
    buyer = getattr(request, "buyer", None)
    if not isinstance(buyer, Buyer) or not buyer.is_known:
        return {}
    leaving = "account_logout" if buyer.user else "storefront:leave"
    places = [
        (_("Orders"), "storefront:orders"),
        (_("Returns"), "storefront:returns"),
        (_("Store credit"), "storefront:credit"),
        (_("Sign out") if buyer.user else _("Leave"), leaving),
    ]
    return {"navigation": [_place(label, reverse(name), request.path) for label, name in places]}


def _place(label: str, url: str, path: str) -> dict[str, Any]:
    return {"label": label, "url": url, "is_current": path.startswith(url)}

"""Who may do what. The only place that knows what a role means."""

import enum
from collections.abc import Iterable
from typing import Final

from accounts.models import Role, User


class Permission(enum.StrEnum):
    """One thing that a member of staff may be allowed to do."""

    VIEW_RETURNS = "view_returns"
    VIEW_ORDERS = "view_orders"
    CREATE_RETURN = "create_return"
    DECIDE_RETURN = "decide_return"  # approve, decline
    CANCEL_RETURN = "cancel_return"
    EDIT_RETURN = "edit_return"  # remove lines, add and remove replacements, close, reopen
    RECEIVE = "receive"  # process and dispose of what came back, send replacements
    SHIP = "ship"  # parcels back: labels, tracking, states
    REFUND = "refund"  # pay back, book what buyers paid for replacements
    OVER_REFUND = "over_refund"  # pay back more than is left on an order's payments
    MANAGE_CREDIT = "manage_credit"  # add and take store credit by hand
    WAIVE_FEE = "waive_fee"  # let go of a restocking or return shipping fee
    WRITE_NOTE = "write_note"
    WRITE_MESSAGE = "write_message"  # to buyers
    EXPORT_RECORDS = "export_records"  # what has to be shown to authorities, as a file
    IMPORT_ORDERS = "import_orders"
    MANAGE_SETTINGS = "manage_settings"  # policies, reasons, stores, locations
    MANAGE_STAFF = "manage_staff"


_EVERYONE: Final = {Permission.VIEW_RETURNS, Permission.VIEW_ORDERS, Permission.WRITE_NOTE}

ROLE_PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    Role.SUPPORT: frozenset(
        _EVERYONE
        | {
            Permission.CREATE_RETURN,
            Permission.DECIDE_RETURN,
            Permission.CANCEL_RETURN,
            Permission.EDIT_RETURN,
            Permission.SHIP,
            Permission.WAIVE_FEE,
            Permission.WRITE_MESSAGE,
        }
    ),
    Role.WAREHOUSE: frozenset(_EVERYONE | {Permission.RECEIVE, Permission.SHIP}),
    Role.FINANCE: frozenset(
        _EVERYONE
        | {
            Permission.REFUND,
            Permission.MANAGE_CREDIT,
            Permission.WAIVE_FEE,
            Permission.EXPORT_RECORDS,
            Permission.WRITE_MESSAGE,
        }
    ),
    Role.MANAGER: frozenset(Permission),
}


def of_roles(roles: Iterable[str]) -> frozenset[Permission]:
    """Return everything that somebody with these roles may do; no role means nothing."""
    granted: frozenset[Permission] = frozenset()
    for role in roles:
        granted |= ROLE_PERMISSIONS[Role(role)]
    return granted


def of_user(user: User) -> frozenset[Permission]:
    """Return everything that this user may do in the back office.

    Buyers and people whose login was switched off get the empty set; superusers get all.
    """
    if not user.is_active:
        return frozenset()
    if user.is_superuser:
        return frozenset(Permission)
    return of_roles(user.roles)

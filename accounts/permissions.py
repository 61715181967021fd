"""Who may do what. The only place that knows what a role or a scope means."""

import enum
from collections.abc import Iterable
from typing import Final

from accounts.models import Role, Scope, User


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
    MANAGE_SOURCES = "manage_sources"  # shops that send orders in, and what they sent
    MANAGE_WEBHOOKS = "manage_webhooks"  # who is told of what
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


_ENTERING_ORDERS: Final = frozenset({Permission.VIEW_ORDERS, Permission.IMPORT_ORDERS})

# A scope to write includes what its scope to read allows (`granted_scopes`).
SCOPE_PERMISSIONS: Final[dict[Scope, frozenset[Permission]]] = {
    Scope.READ_RETURNS: frozenset({Permission.VIEW_RETURNS}),
    Scope.WRITE_RETURNS: frozenset(
        {
            Permission.VIEW_RETURNS,
            Permission.CREATE_RETURN,
            Permission.DECIDE_RETURN,
            Permission.CANCEL_RETURN,
            Permission.EDIT_RETURN,
            Permission.RECEIVE,
            Permission.SHIP,
            Permission.REFUND,
            Permission.MANAGE_WEBHOOKS,
        }
    ),
    Scope.READ_ORDERS: frozenset({Permission.VIEW_ORDERS}),
    Scope.WRITE_ORDERS: _ENTERING_ORDERS | {Permission.REFUND, Permission.OVER_REFUND},
    Scope.READ_FULFILLMENTS: frozenset({Permission.VIEW_ORDERS}),
    Scope.WRITE_FULFILLMENTS: _ENTERING_ORDERS,
    Scope.READ_CUSTOMERS: frozenset({Permission.VIEW_ORDERS}),
    Scope.WRITE_CUSTOMERS: _ENTERING_ORDERS,
    Scope.READ_PRODUCTS: frozenset(),
    Scope.READ_LOCATIONS: frozenset(),
    Scope.READ_STORE_CREDIT: frozenset(),
    Scope.READ_STORE_CREDIT_ENTRIES: frozenset(),
    Scope.WRITE_STORE_CREDIT_ENTRIES: frozenset({Permission.MANAGE_CREDIT}),
    Scope.READ_LEGAL_POLICIES: frozenset(),
}


def granted_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """Return the scopes with those that they include: who may write may read the same."""
    own = frozenset(scopes)
    read = {scope.replace("write_", "read_", 1) for scope in own if scope.startswith("write_")}
    return own | (read & set(Scope.values))


def of_scopes(scopes: Iterable[str]) -> frozenset[Permission]:
    """Return everything that a program with these scopes may do."""
    granted: frozenset[Permission] = frozenset()
    for scope in scopes:
        granted |= SCOPE_PERMISSIONS[Scope(scope)]
    return granted


def scopes_of(granted: Iterable[Permission]) -> frozenset[str]:
    """Return the scopes of which somebody with these permissions may do everything."""
    held = frozenset(granted)
    return frozenset(str(scope) for scope, needed in SCOPE_PERMISSIONS.items() if needed <= held)


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

"""Who does something: every verb of the domain is told, and every event names them."""

from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import permissions
from accounts.models import ApiClient, User
from accounts.permissions import Permission


class ActorKind(models.TextChoices):
    """On whose behalf an act happens; stored with every event."""

    BUYER = "BUYER", _("Buyer")
    STAFF = "STAFF", _("Staff")
    API = "API", _("API client")
    SYSTEM = "SYSTEM", _("Retour")
    RULE = "RULE", _("Automation rule")


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Somebody or something that acts, with what it may do.

    A buyer holds no permissions: what a buyer may do is decided by the verbs themselves, on the
    buyer's own returns only. run_id: of an automation rule, on which occasion it acts.
    client_id: of a program, which one it is.
    """

    kind: ActorKind
    name: str
    user_id: int | None = None
    run_id: int | None = None
    client_id: int | None = None
    permissions: frozenset[Permission] = field(default_factory=frozenset)

    def may(self, permission: Permission) -> bool:
        """Whether this actor was granted `permission`."""
        return permission in self.permissions


def staff(user: User) -> Actor:
    """Return the actor for a member of staff, with what the roles allow."""
    return Actor(
        kind=ActorKind.STAFF,
        name=str(user),
        user_id=user.pk,
        permissions=permissions.of_user(user),
    )


def buyer(name: str, *, user_id: int | None = None) -> Actor:
    """Return the actor for a buyer: a signed-in one with `user_id`, a guest without."""
    return Actor(kind=ActorKind.BUYER, name=name, user_id=user_id)


def api(client: ApiClient) -> Actor:
    """Return the actor for a program, named as its client is, with what the scopes allow."""
    return Actor(
        kind=ActorKind.API,
        name=client.name,
        client_id=client.pk,
        permissions=permissions.of_scopes(client.scopes),
    )


def system(name: str = "Retour") -> Actor:
    """Return the actor for what happens without a person (import, job); it may do all."""
    return Actor(kind=ActorKind.SYSTEM, name=name, permissions=frozenset(Permission))


def rule(name: str, *, run_id: int) -> Actor:
    """Return the actor for an automation rule on one occasion; a manager let it do what it does."""
    return Actor(kind=ActorKind.RULE, name=name, run_id=run_id, permissions=frozenset(Permission))

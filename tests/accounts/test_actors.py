"""Who acts, and what the domain is told of them."""

import dataclasses

import pytest

from accounts import actors
from accounts.actors import Actor, ActorKind
from accounts.models import Role
from accounts.permissions import Permission
from tests.factories import UserFactory


@pytest.mark.django_db
def test_staff_act_with_name_login_and_permissions() -> None:
    user = UserFactory(name="Sam", roles=[Role.WAREHOUSE])

    actor = actors.staff(user)

    assert actor == Actor(
        kind=ActorKind.STAFF,
        name="Sam",
        user_id=user.pk,
        permissions=frozenset(
            {
                Permission.VIEW_RETURNS,
                Permission.VIEW_ORDERS,
                Permission.WRITE_NOTE,
                Permission.RECEIVE,
                Permission.SHIP,
            }
        ),
    )
    assert (actor.may(Permission.RECEIVE), actor.may(Permission.REFUND)) == (True, False)


def test_buyer_acts_without_any_permission() -> None:
    guest, signed_in = actors.buyer("Ada"), actors.buyer("Ada", user_id=7)

    assert (guest.kind, guest.user_id, signed_in.user_id) == (ActorKind.BUYER, None, 7)
    assert not any(signed_in.may(permission) for permission in Permission)


def test_system_may_do_all() -> None:
    assert all(actors.system().may(permission) for permission in Permission)
    assert (actors.system().name, actors.system("Import").name) == ("Retour", "Import")


def test_actor_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        actors.buyer("Ada").permissions = frozenset(Permission)  # type: ignore[misc]

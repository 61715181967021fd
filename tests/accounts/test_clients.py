"""Programs that call the APIs: tokens, scopes and the bucket of costs."""

import datetime
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import actors, clients, permissions
from accounts.actors import ActorKind
from accounts.models import ApiClient, Scope
from accounts.permissions import Permission

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC)


def test_token_is_kept_as_a_hash_and_opens_its_client() -> None:
    made = clients.create(name=" ERP ", scopes=["write_returns"])
    row = ApiClient.objects.get()
    assert (row.name, row.scopes, row.token_hint) == ("ERP", ["write_returns"], made.token[-4:])
    assert made.token not in str(vars(row))
    assert clients.authenticate(made.token) == row
    assert clients.authenticate(made.token + "x") is None
    assert clients.authenticate(row.token_hash) is None


def test_revoking_twice_stamps_once() -> None:
    made = clients.create(name="ERP", scopes=["read_returns"])
    first = clients.revoke(made.client).revoked_at
    assert first is not None
    assert clients.revoke(made.client).revoked_at == first
    assert clients.authenticate(made.token) is None


@pytest.mark.parametrize(
    ("name", "scopes", "expires_at", "field"),
    [
        (" ", ["read_returns"], None, "name"),
        ("x" * 101, ["read_returns"], None, "name"),
        ("ERP", [], None, "scopes"),
        ("ERP", ["read_minds"], None, "scopes"),
        ("ERP", ["read_returns"], NOW, "expires_at"),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_wrong_client_is_refused(
    name: str, scopes: list[str], expires_at: datetime.datetime | None, field: str
) -> None:
    with pytest.raises(clients.ClientError) as refused:
        clients.create(name=name, scopes=scopes, expires_at=expires_at)
    assert refused.value.field == field
    assert not ApiClient.objects.exists()


def test_bucket_fills_with_costs_and_leaks() -> None:
    row = clients.create(name="ERP", scopes=["read_returns"]).client
    clients.spend(row, 1500)
    clients.spend(row, 300)
    row.refresh_from_db()
    assert clients.available(row, now=row.spent_at) in range(200, 240)
    assert clients.available(row, now=row.spent_at + datetime.timedelta(seconds=5)) in range(
        700, 740
    )
    assert clients.available(row, now=row.spent_at + datetime.timedelta(hours=1)) == 2000
    assert row.last_used_at is not None


def test_program_acts_with_what_its_scopes_allow() -> None:
    row = clients.create(name="ERP", scopes=["write_returns", "read_locations"]).client
    actor = actors.api(row)
    assert (actor.kind, actor.name, actor.user_id) == (ActorKind.API, "ERP", None)
    assert actor.may(Permission.DECIDE_RETURN)
    assert not actor.may(Permission.MANAGE_CREDIT)
    assert not actor.may(Permission.MANAGE_SETTINGS)
    assert permissions.granted_scopes(row.scopes) == {
        "write_returns",
        "read_returns",
        "read_locations",
    }


def test_every_scope_has_its_permissions() -> None:
    assert set(permissions.SCOPE_PERMISSIONS) == set(Scope)


def test_command_prints_a_token_once() -> None:
    out = StringIO()
    call_command("api_token", "create", name="ERP", scopes="read_returns,write_orders", stdout=out)
    row = clients.authenticate(out.getvalue().strip())
    assert row is not None
    assert (row.scopes, row.expires_at) == (["read_returns", "write_orders"], None)


def test_command_knows_all_scopes_and_days() -> None:
    out = StringIO()
    call_command("api_token", "create", name="ERP", scopes="all", days=7, stdout=out)
    row = ApiClient.objects.get()
    assert set(row.scopes) == set(Scope.values)
    assert row.expires_at is not None
    assert row.expires_at > timezone.now() + datetime.timedelta(days=6)


def test_command_refuses_unknown_scopes() -> None:
    with pytest.raises(CommandError, match="Choose scopes among"):
        call_command("api_token", "create", name="ERP", scopes="read_minds")

"""Changing and removing settings, and who did: the one way for all that is no policy or rule."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models, transaction

from accounts.actors import Actor
from accounts.permissions import Permission
from returns.errors import NotPermitted
from returns.models import SettingAct, SettingChange, SettingKind

Thing = TypeVar("Thing", bound=models.Model)

_SUBJECT_LENGTH = 300


def save(thing: Thing, *, actor: Actor) -> Thing:
    """Save a setting that was validated, new or changed, and record what changed, if anything did.

    thing: a row of a model that `SettingKind` names, with its new values. Raises NotPermitted.
    """
    _require(actor)
    kind = SettingKind(str(thing._meta.model_name))
    with transaction.atomic():
        rows = type(thing)._default_manager.select_for_update(of=("self",))
        before = rows.filter(pk=thing.pk).first() if thing.pk else None
        thing.save()
        changes = _changes(before, thing)
        if changes:
            act = SettingAct.CHANGED if before else SettingAct.ADDED
            _record(kind, act, thing, changes, actor)
    return thing


def remove(thing: models.Model, *, actor: Actor) -> None:
    """Remove a setting and record what it was; one that is gone already changes nothing.

    Raises NotPermitted, and ProtectedError for what other rows need.
    """
    _require(actor)
    kind = SettingKind(str(thing._meta.model_name))
    with transaction.atomic():
        rows = type(thing)._default_manager.select_for_update(of=("self",))
        current = rows.filter(pk=thing.pk).first()
        if current is None:
            return
        _record(kind, SettingAct.REMOVED, current, _changes(current, None), actor)
        current.delete()


def _require(actor: Actor) -> None:
    if not actor.may(Permission.MANAGE_SETTINGS):
        raise NotPermitted


def _record(
    kind: SettingKind, act: SettingAct, thing: models.Model, changes: dict[str, Any], actor: Actor
) -> None:
    SettingChange.objects.create(
        kind=kind,
        act=act,
        subject=str(thing)[:_SUBJECT_LENGTH],
        subject_id=thing.pk,
        changes=changes,
        actor_kind=actor.kind,
        actor_name=actor.name[:200],
        actor_user_id=actor.user_id,
    )


def _changes(before: models.Model | None, after: models.Model | None) -> dict[str, list[Any]]:
    """Return [before, after] of each column that differs; None where there is no row."""
    some = before or after
    found = {}
    for field in some._meta.concrete_fields if some else ():
        if not field.primary_key and field.editable:
            values = [_plain(thing, field) if thing else None for thing in (before, after)]
            if values[0] != values[1]:
                found[field.name] = values
    return found


def _plain(thing: models.Model, field: "models.Field[Any, Any]") -> Any:
    """Return the value of a column as plain JSON; a row that it points to by its name."""
    value = field.value_from_object(thing)
    if isinstance(field, models.ForeignKey):
        return str(getattr(thing, field.name)) if value else None
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | bool | list | dict | None) else str(value)

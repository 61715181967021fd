"""Acts that are done once, however often they are sent: `@idempotent(key:)` on a mutation.

A key lives 24 hours. The same key with the same arguments is answered from the rows as they are
then; with other arguments, while the first is under way, or after it broke, it is an error.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import strawberry
from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import Model
from graphql import get_directive_values, value_from_ast_untyped

from accounts.models import ApiClient
from api import versions
from api.engine.context import Context
from api.engine.problems import plain_error
from api.engine.results import Problem, Result
from api.models import IdempotencyKey, KeyState

LIVES: Final = timedelta(hours=24)
LONGEST: Final = 255


def key_of(info: strawberry.Info) -> str | None:
    """Return the key that came with the field. Raises for one that cannot be one."""
    raw: Any = info._raw_info  # strawberry has no words for directives of a field
    directive = raw.schema.get_directive("idempotent")
    for node in raw.field_nodes if directive else ():
        values = get_directive_values(directive, node, raw.variable_values)
        if values is not None:
            key = str(values["key"])
            if not key.strip() or len(key) > LONGEST or "\0" in key:
                raise plain_error("The idempotency key must not be blank.", "BAD_REQUEST")
            return key
    return None


def uuid_of(context: Context, key: str | None) -> UUID:
    """Return the key that the domain's verbs are given: the same for the same client and key."""
    owner = context.client.pk if context.client else f"user {context.user and context.user.pk}"
    return uuid5(NAMESPACE_URL, f"{owner}:{key}") if key else uuid4()


def once(info: strawberry.Info, context: Context, *, needed: bool, act: Callable[[], Any]) -> Any:
    """Do an act, or tell again what it did when its key was sent before."""
    key = key_of(info)
    if key is None or context.client is None:
        if needed and versions.needs_keys(context.version):
            raise plain_error(
                "The @idempotent directive is required for this mutation but was not provided.",
                "BAD_REQUEST",
            )
        return act()
    context.keys[info.field_name] = key
    row, is_new = _claimed(info, context, context.client, key)
    return _done(row, act) if is_new else _told_again(row)


def _fingerprint(info: strawberry.Info, context: Context) -> str:
    """Return the hash of what is asked, whatever the order of its fields."""
    raw: Any = info._raw_info
    given = {
        argument.name.value: value_from_ast_untyped(argument.value, dict(context.variables))
        for argument in raw.field_nodes[0].arguments or ()
    }
    text = json.dumps(given, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _claimed(
    info: strawberry.Info, context: Context, client: ApiClient, key: str
) -> tuple[IdempotencyKey, bool]:
    """Return the key's row, and whether this request is the first with it."""
    print_ = _fingerprint(info, context)
    IdempotencyKey.objects.filter(
        client=client, key=key, created_at__lt=context.now - LIVES
    ).delete()
    try:
        with transaction.atomic():
            row = IdempotencyKey.objects.create(
                client=client, key=key, mutation=info.field_name, fingerprint=print_
            )
    except IntegrityError:
        known = IdempotencyKey.objects.get(client=client, key=key)
        _check(known, info.field_name, print_)
        return known, False
    return row, True


def _check(row: IdempotencyKey, mutation: str, fingerprint: str) -> None:
    if (row.mutation, row.fingerprint) != (mutation, fingerprint):
        raise plain_error(
            "The idempotency key was used with other parameters.",
            "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
        )
    if row.state == KeyState.RUNNING:
        raise plain_error(
            "A request with this idempotency key is under way. Try again with the same key.",
            "IDEMPOTENCY_CONCURRENT_REQUEST",
        )
    if row.state == KeyState.FAILED:
        raise plain_error(
            "The request with this idempotency key failed. Use a new key.",
            "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED",
        )


def _done(row: IdempotencyKey, act: Callable[[], Any]) -> Any:
    try:
        result = act()
    except BaseException:
        IdempotencyKey.objects.filter(pk=row.pk).update(state=KeyState.FAILED)
        raise
    told = {name: _named(value) for name, value in result.values.items()}
    problems = [[list(each.field), each.message, each.code] for each in result.problems]
    IdempotencyKey.objects.filter(pk=row.pk).update(
        state=KeyState.DONE, result={"values": told, "problems": problems}
    )
    return result


def _named(value: Any) -> Any:
    """Return what a value is found by: its model and primary key; a list one by one."""
    if isinstance(value, list):
        return [_named(each) for each in value]
    if isinstance(value, Model):
        return {"model": value._meta.label, "pk": value.pk}
    return None  # work that is not kept, such as the sending of an order


def _told_again(row: IdempotencyKey) -> Any:
    values = {name: _found(value) for name, value in row.result["values"].items()}
    problems = [Problem(tuple(each[0]), each[1], each[2]) for each in row.result["problems"]]
    return Result(values, problems)


def _found(value: Any) -> Any:
    if isinstance(value, list):
        return [_found(each) for each in value]
    if isinstance(value, dict) and set(value) == {"model", "pk"}:
        return apps.get_model(value["model"])._default_manager.filter(pk=value["pk"]).first()
    return value

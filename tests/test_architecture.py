"""Rules of the design that a reader of one file cannot see broken."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.functional import Promise

from returns import acts, endings, lifecycle, moves, opening
from returns.evidence import messages
from returns.management.commands.write_states import table
from returns.parcels import deliveries as parcels
from returns.refunds import payouts, settlement
from returns.store_credit import ledger as store_credit

APPS = ("accounts", "orders", "returns", "storefront", "backoffice", "api", "webhooks")
MODELS = [model for name in APPS for model in apps.get_app_config(name).get_models()]
BASE = Path(settings.BASE_DIR)
FOLDERS = (*APPS, "returns_project", "bench", "tests", "templates", "static")
MOST_LINES = 500
# What others wrote, kept as it came.
OTHERS = {"node_modules", "vendor"}


def names(model: type[models.Model]) -> str:
    return model.__name__


def own_fields(model: type[models.Model]) -> Iterator[models.Field]:
    """The fields that our code declares; those of Django's own base classes are its business."""
    for field in model._meta.get_fields():
        if isinstance(field, models.Field):
            yield field


def source_files() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in (BASE / folder).rglob("*"):
            # Django writes the first migration, as long as there are models.
            written = path.match("migrations/0001_initial.py") or OTHERS.intersection(path.parts)
            if path.suffix in (".py", ".html", ".css", ".js", ".mjs", ".txt") and not written:
                yield path


def test_there_is_something_to_check() -> None:
    assert len(MODELS) > 25
    assert len(list(source_files())) > 150


def test_no_file_is_too_long() -> None:
    long = {
        str(path.relative_to(BASE)): count
        for path in source_files()
        if path.name != "0001_initial.py"  # written by Django
        and (count := path.read_text(encoding="utf-8").count("\n")) > MOST_LINES
    }

    assert long == {}


def test_no_module_is_named_after_nothing() -> None:
    vague = {"utils", "util", "common", "core", "services", "helpers", "misc"}

    assert [path for path in source_files() if {path.stem, path.parent.name} & vague] == []


@pytest.mark.parametrize("model", MODELS, ids=names)
def test_numbers_are_exact(model: type[models.Model]) -> None:
    assert [f.name for f in own_fields(model) if isinstance(f, models.FloatField)] == []


@pytest.mark.parametrize("model", MODELS, ids=names)
def test_amounts_have_four_decimals(model: type[models.Model]) -> None:
    amounts = [
        field
        for field in own_fields(model)
        if isinstance(field, models.DecimalField) and "percent" not in field.name
    ]

    assert {(field.max_digits, field.decimal_places) for field in amounts} <= {(19, 4)}


@pytest.mark.parametrize("model", MODELS, ids=names)
def test_money_is_never_deleted_with_something_else(model: type[models.Model]) -> None:
    if model.__module__.rsplit(".", 1)[-1] not in ("payments", "refunds", "store_credit"):
        return
    ends = {
        field.name: field.remote_field.on_delete
        for field in own_fields(model)
        if isinstance(field, models.ForeignKey)
    }

    assert ends == dict.fromkeys(ends, models.PROTECT)


def test_there_is_money() -> None:
    kept = {
        names(model)
        for model in MODELS
        if model.__module__.endswith((".payments", ".refunds", ".store_credit"))
    }

    assert kept == {
        "Payment",
        "Refund",
        "RefundLine",
        "RefundTransaction",
        "StoreCreditAccount",
        "StoreCreditEntry",
        "StoreCreditUse",
    }


@pytest.mark.parametrize("model", MODELS, ids=names)
def test_choices_are_checked_by_the_database(model: type[models.Model]) -> None:
    checked = {
        name
        for constraint in model._meta.constraints
        if isinstance(constraint, models.CheckConstraint)
        for name in _fields_in(constraint.condition)
    }
    limited = {
        field.name
        for field in own_fields(model)
        if field.choices or (isinstance(field, ArrayField) and field.base_field.choices)
    }

    assert limited <= checked


def _fields_in(condition: object) -> Iterator[str]:
    children = condition.children if isinstance(condition, models.Q) else ()
    for child in children:
        if isinstance(child, tuple):
            yield str(child[0]).split("__")[0]
        else:
            yield from _fields_in(child)


@pytest.mark.parametrize("model", MODELS, ids=names)
def test_models_are_named_for_people(model: type[models.Model]) -> None:
    assert isinstance(model._meta.verbose_name, Promise)
    assert isinstance(model._meta.verbose_name_plural, Promise)
    assert (model.__doc__ or "").strip()
    assert not (model.__doc__ or "").startswith(f"{model.__name__}(")


def _functions(module: ModuleType) -> list[tuple[str, inspect.Signature]]:
    """The public functions that a module defines itself."""
    return [
        (f"{module.__name__}.{name}", inspect.signature(function))
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    ]


def test_verbs_are_told_by_keyword_who_acts() -> None:
    credit_verbs = (store_credit.credit, store_credit.debit, store_credit.reverse)
    ends = (endings.let_keep, endings.ship_back, endings.decide_unexpected)
    about_parcels = (
        parcels.add_parcel,
        parcels.hand_in,
        parcels.update_tracking,
        parcels.set_state,
        parcels.attach_label,
        parcels.remove_parcel,
    )
    about_messages = (messages.write, messages.ask_for_details, messages.settle)
    others = (payouts.refund, *about_messages, *credit_verbs, *ends, *about_parcels)
    verbs = [
        *_functions(lifecycle),
        *_functions(opening),
        *((f"{verb.__module__}.{verb.__name__}", inspect.signature(verb)) for verb in others),
    ]
    by_position = [
        name
        for name, signature in verbs
        if "actor" not in signature.parameters
        or signature.parameters["actor"].kind != inspect.Parameter.KEYWORD_ONLY
        or signature.parameters["actor"].default is not inspect.Parameter.empty
    ]

    assert len(verbs) > 10
    assert by_position == []


def test_every_move_of_the_table_has_a_verb() -> None:
    verbs = {*dir(lifecycle), *dir(payouts)}

    assert [verb for verb in moves.VERBS if verb not in verbs] == []


@pytest.mark.parametrize(
    "module",
    [
        lifecycle,
        opening,
        endings,
        parcels,
        payouts,
        settlement,
        store_credit,
        acts,
        moves,
        messages,
    ],
    ids=lambda m: m.__name__,
)
def test_public_functions_say_what_they_do(module: ModuleType) -> None:
    tree = ast.parse(inspect.getsource(module))
    silent = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]

    assert silent == []


def test_page_about_states_is_that_of_the_model() -> None:
    """When this fails, run `manage.py write_states` and look at what changed."""
    assert (BASE / "docs" / "states.md").read_text(encoding="utf-8") == table()

"""Which words that rules name mean something here: products, types, vendors, tags and so on.

Channels and regions are left out: only orders have them, and to look through all orders for a word
that none has takes too long.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from babel import Locale
from django.db.models import F, Func, Model
from django.db.models.functions import Lower

from orders.models import Customer, Product
from returns.models import ReturnReason
from returns.policies.rules.evaluation import folded
from returns.policies.rules.schema import Rule

Find = Callable[[frozenset[str]], Iterable[str]]


def of(rules: Iterable[Rule]) -> dict[str, frozenset[str]]:
    """Return, by name of a condition that the rules use, those of its words that are known.

    In lower case; one query per condition that is used.
    """
    wanted: dict[str, set[str]] = {}
    for rule in rules:
        for name in _FIND.keys() & rule.conditions.keys():
            wanted.setdefault(name, set()).update(rule.conditions[name])
    return {name: folded(_FIND[name](folded(words))) for name, words in wanted.items()}


def _in_column(model: type[Model], column: str) -> Find:
    def find(words: frozenset[str]) -> Iterable[str]:
        rows = model._default_manager.annotate(word=Lower(column)).filter(word__in=words)
        return rows.values_list("word", flat=True).distinct().order_by()

    return find


def _in_tags(model: type[Model]) -> Find:
    def find(_words: frozenset[str]) -> Iterable[str]:
        tag = Func(F("tags"), function="unnest")
        return model._default_manager.values_list(tag, flat=True).distinct().order_by()

    return find


def _countries(words: frozenset[str]) -> Iterable[str]:
    return words & folded(str(code) for code in Locale("en").territories)


_FIND: Final[Mapping[str, Find]] = {
    "products": _in_column(Product, "handle"),
    "product_types": _in_column(Product, "product_type"),
    "vendors": _in_column(Product, "vendor"),
    "tags": _in_tags(Product),
    "customer_groups": _in_column(Customer, "group"),
    "customer_tags": _in_tags(Customer),
    "countries": _countries,
    "reasons": _in_column(ReturnReason, "handle"),
}

"""Saving the terms on which a store takes goods back, and the rules on top of them.

Whatever is saved becomes a version that stays. Orders that are already in keep what they came in
with (`returns.policies.freezing`).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.permissions import Permission
from orders.models import Store
from returns.errors import NotPermitted, PolicyChanged, TooManyRules, UnknownRule
from returns.models import PolicyVersion, ReturnPolicy
from returns.models.policies import ReturnTerms
from returns.policies import freezing
from returns.policies.rules import files
from returns.policies.rules.schema import Rule

MOST_RULES = 500


def new_key() -> str:
    """Return a key for a new rule."""
    return uuid4().hex[:12]


def of_store(store: Store) -> ReturnPolicy:
    """Return a store's policy, or a new one with the usual terms."""
    return getattr(store, "return_policy", None) or ReturnPolicy(store=store)


def latest(store_id: int) -> PolicyVersion | None:
    """Return the version that is in force; None for a store that never saved one."""
    return PolicyVersion.objects.filter(store=store_id).order_by("-number").first()


def rules_in_force(store_id: int) -> list[Rule]:
    """Return a store's rules in the order in which they are tried; one query."""
    version = latest(store_id)
    return freezing.rules_of(version.content) if version else []


def publish(policy: ReturnPolicy, *, actor: Actor, summary: str = "") -> ReturnPolicy:
    """Save a policy and make its terms those of the store's next orders, in one transaction.

    The policy must have been validated (`full_clean`, as model forms do). summary: what changed, in
    a few words. Raises NotPermitted.
    """
    with _changing(policy.store_id, actor) as store:
        rules = rules_in_force(store.pk)
        if policy._state.adding:  # somebody may have saved the first one meanwhile
            policy.pk = of_store(store).pk
        _save(store, policy, rules, actor, summary or _("The default policy"))
    return policy


def put_rule(store: Store, rule: Rule, *, actor: Actor, base: int | None = None) -> PolicyVersion:
    """Save a rule: in the place of the one with its key, or after all others.

    base: the version that was looked at, None for whichever. Raises NotPermitted, PolicyChanged
    when it is not the one in force any more, TooManyRules.
    """

    def put(rules: list[Rule]) -> tuple[list[Rule], str]:
        if any(each.key == rule.key for each in rules):
            words = _("Rule “%(name)s” changed")
            changed = [rule if each.key == rule.key else each for each in rules]
        else:
            words = _("Rule “%(name)s” added")
            changed = [*rules, rule]
        return changed, words % {"name": rule.name}

    return _change_rules(store, put, actor=actor, base=base)


def remove_rule(store: Store, key: str, *, actor: Actor) -> PolicyVersion:
    """Take a rule away. Raises NotPermitted, UnknownRule."""

    def remove(rules: list[Rule]) -> tuple[list[Rule], str]:
        gone = rules[_index(rules, key)]
        words = _("Rule “%(name)s” removed") % {"name": gone.name}
        return [each for each in rules if each.key != key], words

    return _change_rules(store, remove, actor=actor)


def move_rule(store: Store, key: str, *, up: bool, actor: Actor) -> PolicyVersion:
    """Have a rule tried one place earlier or later. Raises NotPermitted, UnknownRule."""

    def move(rules: list[Rule]) -> tuple[list[Rule], str]:
        index = _index(rules, key)
        other = max(index - 1, 0) if up else min(index + 1, len(rules) - 1)
        rules[index], rules[other] = rules[other], rules[index]
        return rules, _("Rule “%(name)s” moved") % {"name": rules[other].name}

    return _change_rules(store, move, actor=actor)


def replace_all(
    store: Store,
    terms: ReturnTerms | None,
    rules: Sequence[Rule],
    *,
    actor: Actor,
    summary: str,
    instructions: str | None = None,
) -> PolicyVersion:
    """Save new terms (None: those in force) and rules in place of all that were.

    instructions: on the slip, None for those in force. Raises NotPermitted, TooManyRules,
    ValidationError for terms that no policy may have.
    """
    with _changing(store.pk, actor) as locked:
        policy = of_store(locked)
        if terms is not None:
            _assign(policy, terms)
        if instructions is not None:
            policy.instructions = instructions
        policy.full_clean(validate_unique=False)
        return _save(locked, policy, list(rules), actor, summary)


def restore(store: Store, number: int, *, actor: Actor) -> PolicyVersion:
    """Make everything as it was in an earlier version, as a new one.

    Raises NotPermitted, UnknownRule for a version that there never was.
    """
    found = PolicyVersion.objects.filter(store=store, number=number).first()
    if found is None:
        raise UnknownRule(_("There is no such version."))
    return replace_all(
        store,
        ReturnTerms.from_json(found.content["terms"]),
        freezing.rules_of(found.content),
        actor=actor,
        summary=_("As in version %(number)s again") % {"number": number},
        instructions=found.content["instructions"],
    )


def as_file(store: Store) -> str:
    """Return a store's policy and rules as YAML. `store.return_policy` should be loaded."""
    policy = of_store(store)
    return files.write(policy.terms, policy.instructions, rules_in_force(store.pk))


def import_file(store: Store, text: str, *, actor: Actor, summary: str = "") -> PolicyVersion:
    """Save what a YAML file says in place of all rules, and of the default policy if it names one.

    Rules keep their keys where a rule of that name is in force. Raises UnreadablePolicy with every
    fault and its line, NotPermitted, TooManyRules; then nothing is changed.
    """
    read = files.read(text)
    keys = {rule.name: rule.key for rule in rules_in_force(store.pk)}
    return replace_all(
        store,
        read.terms,
        [replace(rule, key=keys.get(rule.name, "")) for rule in read.rules],
        actor=actor,
        summary=summary or _("From a file"),
        instructions=read.instructions,
    )


def _assign(policy: ReturnPolicy, terms: ReturnTerms) -> None:
    columns = {field.name for field in ReturnPolicy._meta.get_fields()}
    for name, value in vars(terms).items():
        if name in columns:
            setattr(policy, name, list(value) if isinstance(value, tuple) else value)


def _index(rules: Sequence[Rule], key: str) -> int:
    for index, rule in enumerate(rules):
        if rule.key == key:
            return index
    raise UnknownRule(_("This rule was removed meanwhile."))


@contextmanager
def _changing(store_id: int, actor: Actor) -> Iterator[Store]:
    """Lock a store for a change of its policy. Raises NotPermitted."""
    if not actor.may(Permission.MANAGE_SETTINGS):
        raise NotPermitted
    with transaction.atomic():
        yield (
            Store.objects.select_for_update(of=("self",))
            .select_related("return_policy")
            .get(pk=store_id)
        )


def _change_rules(
    store: Store,
    change: Callable[[list[Rule]], tuple[list[Rule], str]],
    *,
    actor: Actor,
    base: int | None = None,
) -> PolicyVersion:
    with _changing(store.pk, actor) as locked:
        version = latest(locked.pk)
        if base is not None and base != (version.number if version else 0):
            raise PolicyChanged(
                _("Somebody changed the policy meanwhile. Look at it and try again.")
            )
        before = freezing.rules_of(version.content) if version else []
        rules, summary = change(before)
        return _save(locked, of_store(locked), rules, actor, summary)


def _save(
    store: Store, policy: ReturnPolicy, rules: Sequence[Rule], actor: Actor, summary: str
) -> PolicyVersion:
    """Store policy and rules as a version of a locked store; nothing when nothing changed."""
    if len(rules) > MOST_RULES:
        raise TooManyRules(_("At most %(count)s rules.") % {"count": MOST_RULES})
    policy.store = store
    policy.save()
    content: dict[str, Any] = {
        "terms": policy.terms.to_json(),
        "instructions": policy.instructions,
        "rules": [rule.to_json() for rule in _with_own_keys(rules)],
    }
    version = latest(store.pk)
    if version is None or version.content != content:
        version = PolicyVersion.objects.create(
            store=store,
            number=version.number + 1 if version else 1,
            content=content,
            summary=summary[:300],
            actor_name=actor.name[:200],
            user_id=actor.user_id,
        )
    store.return_terms = {**content["terms"], "version": version.number}
    store.return_version = version.number if rules else None
    store.save(update_fields=["return_terms", "return_version"])
    return version


def _with_own_keys(rules: Sequence[Rule]) -> Iterator[Rule]:
    """Yield the rules, each with a key that no other one has."""
    taken: set[str] = set()
    for rule in rules:
        key = rule.key if rule.key and rule.key not in taken else new_key()
        taken.add(key)
        yield replace(rule, key=key)

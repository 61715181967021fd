"""Saving the terms on which a store takes goods back."""

from django.db import transaction

from orders.models import Store
from returns.models import ReturnPolicy


def publish(policy: ReturnPolicy) -> ReturnPolicy:
    """Save a policy and make its terms those of the store's next orders, in one transaction.

    Orders that are already in keep the terms they came in with. The policy must have been
    validated (`full_clean`, as model forms do).
    """
    with transaction.atomic():
        store = Store.objects.select_for_update().get(pk=policy.store_id)
        policy.save()
        store.return_terms = policy.terms.to_json()
        store.save(update_fields=["return_terms"])
    return policy

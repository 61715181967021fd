"""A rule that keeps failing stops itself, says why, and asks for help."""

from typing import Final

from django.db import transaction
from django.utils import timezone

from returns import jobs
from returns.models import AutomationRule

# So many failures in a row, on as many occasions, are no accident.
MOST_FAILURES: Final = 3

# By name, because the task lies above this module.
STOPPED_TASK: Final = "returns.tasks.tell_of_stopped_rule"

WHY_LENGTH: Final = 500


def failed(rule: AutomationRule, why: str) -> bool:
    """Count a failure; return whether the rule has stopped. why: in words for managers."""
    with transaction.atomic():
        current = AutomationRule.objects.select_for_update().get(pk=rule.pk)
        current.failures += 1
        if current.enabled and current.failures >= MOST_FAILURES:
            current.enabled = False
            current.stopped_at = timezone.now()
            current.stopped_why = why[:WHY_LENGTH]
            jobs.defer(STOPPED_TASK, rule_id=current.pk)
        current.save(update_fields=["failures", "enabled", "stopped_at", "stopped_why"])
    rule.failures, rule.enabled = current.failures, current.enabled
    return not current.enabled


def worked(rule: AutomationRule) -> None:
    """Forget earlier failures; no statement when there were none."""
    if rule.failures:
        AutomationRule.objects.filter(pk=rule.pk).update(failures=0)
        rule.failures = 0

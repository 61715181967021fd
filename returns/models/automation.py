"""Rules that act without a person: "when this happens and that is so, then do this"."""

from typing import ClassVar, Final

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Store
from returns.models.events import Event, EventType
from returns.models.returns import Return

MOST_RULE_DAYS = 365


class TimeTrigger(models.TextChoices):
    """Moments that come by themselves; a rule says how many days before or after."""

    UNDECIDED = "time.undecided", _("A request waits for a decision")
    SEND_BY_NEAR = "time.send_by_near", _("The last day to send is near and nothing was sent")
    SEND_BY_OVER = "time.send_by_over", _("The last day to send is over and goods did not come")
    LATE = "time.late", _("We are late to decide or to pay back")


# Everything that a rule can listen to.
TRIGGERS: Final = (*EventType.choices, *TimeTrigger.choices)


class RuleQuerySet(models.QuerySet["AutomationRule"]):
    """The vocabulary of looking for rules."""

    def kept(self) -> "RuleQuerySet":
        """Rules that nobody has removed."""
        return self.filter(removed_at__isnull=True)

    def listening(self, trigger: str, store_id: int) -> "RuleQuerySet":
        """Rules that are on and hear of this trigger in this store, in the order they run in."""
        of_store = models.Q(store_id=store_id) | models.Q(store__isnull=True)
        return self.filter(of_store, trigger=trigger, enabled=True).order_by("position", "id")

    def stopped(self) -> "RuleQuerySet":
        """Rules that stopped themselves and that nobody has switched on again."""
        return self.kept().filter(stopped_at__isnull=False)


class AutomationRule(models.Model):
    """One rule; written by `returns.automation.rules`, which also says what is wrong with it.

    conditions: by name (`returns.automation.conditions`), all of them must hold. actions: by name
    (`returns.automation.actions`), with what each needs to know. `failures` counts those in a row.
    """

    name = models.CharField(_("name"), max_length=100)
    store = models.ForeignKey(
        Store,
        on_delete=models.PROTECT,
        related_name="automation_rules",
        verbose_name=_("store"),
        null=True,
        blank=True,
        help_text=_("Empty for all."),
    )
    trigger = models.CharField(_("when"), max_length=40, choices=TRIGGERS)
    days = models.PositiveSmallIntegerField(
        _("days"), null=True, blank=True, validators=[MaxValueValidator(MOST_RULE_DAYS)]
    )
    conditions = models.JSONField(_("conditions"), default=dict, blank=True)
    actions = models.JSONField(_("actions"), default=dict)
    position = models.PositiveIntegerField(_("position"), default=1)
    enabled = models.BooleanField(_("on"), default=False)
    enabled_at = models.DateTimeField(_("on since"), null=True, blank=True)
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0)
    stopped_at = models.DateTimeField(_("stopped at"), null=True, blank=True)
    stopped_why = models.CharField(_("why it stopped"), max_length=500, blank=True)
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)
    changed_by = models.CharField(_("changed by"), max_length=200, blank=True)
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now)

    objects = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("automation rule")
        verbose_name_plural = _("automation rules")
        ordering = ("position", "id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(trigger__in=[key for key, _label in TRIGGERS]),
                name="returns_automationrule_trigger_known",
            ),
            models.CheckConstraint(
                condition=models.Q(trigger__in=TimeTrigger.values, days__isnull=False)
                | (~models.Q(trigger__in=TimeTrigger.values) & models.Q(days__isnull=True)),
                name="returns_automationrule_days_with_time",
            ),
            models.CheckConstraint(
                condition=models.Q(enabled=False)
                | models.Q(
                    stopped_at__isnull=True, removed_at__isnull=True, enabled_at__isnull=False
                ),
                name="returns_automationrule_on_is_not_stopped",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["trigger", "position", "id"],
                name="returns_automationrule_on",
                condition=models.Q(enabled=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_timed(self) -> bool:
        """Whether its moment comes by itself instead of with an event."""
        return self.trigger in TimeTrigger.values


class RunStatus(models.TextChoices):
    """What became of a rule on one return."""

    RUNNING = "RUNNING", _("Under way")
    DONE = "DONE", _("Done")
    NOTHING = "NOTHING", _("Nothing to do")
    FAILED = "FAILED", _("Failed")


class RuleRun(models.Model):
    """One rule that fitted one return on one occasion: it acts once, whatever crashes when.

    occasion: "event:<id>", or the moment of a rule about time. chain: the rules (primary keys)
    whose acts led here, this one last. done: how many of its acts are done; told: their names.
    """

    rule = models.ForeignKey(
        AutomationRule, on_delete=models.PROTECT, related_name="runs", verbose_name=_("rule")
    )
    for_return = models.ForeignKey(
        Return, on_delete=models.PROTECT, related_name="rule_runs", verbose_name=_("return")
    )
    occasion = models.CharField(_("occasion"), max_length=60)
    event = models.ForeignKey(
        Event,
        on_delete=models.PROTECT,
        related_name="rule_runs",
        verbose_name=_("event"),
        null=True,
        blank=True,
    )
    chain = ArrayField(models.BigIntegerField(), verbose_name=_("rules that led here"))
    status = models.CharField(
        _("status"), max_length=10, choices=RunStatus, default=RunStatus.RUNNING
    )
    done = models.PositiveSmallIntegerField(_("acts done"), default=0)
    told = ArrayField(models.CharField(max_length=40), verbose_name=_("what it did"), default=list)
    why = models.CharField(_("why not"), max_length=500, blank=True)
    started_at = models.DateTimeField(_("started at"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("run of a rule")
        verbose_name_plural = _("runs of rules")
        ordering = ("id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["rule", "for_return", "occasion"], name="returns_rulerun_once"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=RunStatus.values),
                name="returns_rulerun_status_known",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["rule", "-id"], name="returns_rulerun_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} on {self.for_return_id}"

"""The forms of the acts on one return."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from backoffice.articles import Article, describe
from backoffice.forms.errors import ActForm
from orders.models import OrderLine
from returns.acts import NOTE_LENGTH
from returns.models import DeclineReason, ExchangeLine, ReturnLine


def note_field(label: Any, **options: Any) -> forms.CharField:
    """Return a field for words of a few lines."""
    rows = {"rows": 2}
    return forms.CharField(label=label, widget=forms.Textarea(attrs=rows), **options)


class NoteForm(ActForm):
    """An internal note."""

    body = note_field(_("Internal note"), help_text=_("Only staff can read it."), required=False)


class ConfirmForm(ActForm):
    """Nothing but words for the timeline."""

    note = note_field(
        _("Note"),
        required=False,
        max_length=NOTE_LENGTH,
        help_text=_("Kept on the timeline, for staff only."),
    )


class WaiveForm(ActForm):
    """Why a fee is let go of."""

    reason = note_field(
        _("Reason"),
        required=False,
        max_length=NOTE_LENGTH,
        help_text=_("Kept on the timeline, for staff only."),
    )


class MessageToBuyerForm(ActForm):
    """What a buyer is told who does not get what they want."""

    note = note_field(_("Message to the buyer"), required=False, max_length=NOTE_LENGTH)


class DeclineForm(ActForm):
    """Why a request is refused, and what the buyer is told."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=DeclineReason.choices, widget=forms.RadioSelect
    )
    note = note_field(
        _("Message to the buyer"),
        required=False,
        max_length=NOTE_LENGTH,
        help_text=_("Goes into the mail to the buyer. Needed when you chose another reason."),
    )


@dataclass(frozen=True, kw_only=True)
class QuantityRow:
    """An item and the field for its pieces."""

    line: Any
    article: Article
    field: BoundField
    most: int


class QuantitiesForm(ConfirmForm):
    """Pieces per line of a return (or of something else, in a child), with a note."""

    # Where the verbs' errors about lines are, and whether a line has the buyer's reason.
    path: ClassVar[str] = "lines"
    has_reasons: ClassVar[bool] = True

    def __init__(
        self,
        *args: Any,
        lines: Sequence[ReturnLine | OrderLine | ExchangeLine],
        most: Mapping[int, int],
        initial_quantities: Mapping[int, int],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lines = [line for line in lines if most.get(line.pk)]
        self.most = most
        for line in self.lines:
            self.fields[f"line-{line.pk}"] = forms.IntegerField(
                label=_("Pieces of %(title)s") % {"title": self.article(line).title},
                min_value=0,
                max_value=most[line.pk],
                initial=initial_quantities.get(line.pk, 0),
            )

    @staticmethod
    def sold(line: Any) -> OrderLine:
        """Return the order line that a line's pieces are of."""
        found: OrderLine = line.fulfillment_line.order_line
        return found

    def article(self, line: Any) -> Article:
        """Return what a line's pieces are of."""
        return describe(self.sold(line))

    def field_name(self, path: Sequence[str]) -> str | None:
        """Return the line's field for an error at (`self.path`, primary key, ...)."""
        if path[:1] == (self.path,) and len(path) > 1:
            name = f"line-{path[1]}"
            return name if name in self.fields else None
        return super().field_name(path)

    @property
    def rows(self) -> list[QuantityRow]:
        """The lines with their fields, in their order."""
        return [
            QuantityRow(
                line=line,
                article=self.article(line),
                field=self[f"line-{line.pk}"],
                most=self.most[line.pk],
            )
            for line in self.lines
        ]

    @property
    def more_fields(self) -> list[BoundField]:
        """The fields beside the pieces, as they stand on the page."""
        return [self["note"]]

    @property
    def quantities(self) -> dict[int, int]:
        """The entered pieces by line."""
        return {line.pk: self.cleaned_data[f"line-{line.pk}"] for line in self.lines}

"""The form for a parcel that arrived: what came back, and what becomes of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from backoffice.articles import Article, describe
from backoffice.forms.acts import ConfirmForm
from orders.models import Location
from returns.lifecycle import DisposeRequest, Receipt
from returns.models import DispositionType, ReturnLine
from returns.receiving.booking import restock_problem

# In the order in which the boxes stand; a row of pieces that already arrived leaves out the last.
TYPES = (
    DispositionType.RESTOCKED,
    DispositionType.NOT_RESTOCKED,
    DispositionType.MISSING,
    DispositionType.PROCESSING_REQUIRED,
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """Pieces of one line that are to be decided on: expected ones, or received ones at work."""

    line: ReturnLine
    most: int
    has_arrived: bool

    @property
    def name(self) -> str:
        """How the names of the row's fields begin."""
        return f"{'work' if self.has_arrived else 'line'}-{self.line.pk}"

    @property
    def article(self) -> Article:
        """What the pieces are of."""
        return describe(self.line.fulfillment_line.order_line)

    @property
    def types(self) -> list[DispositionType]:
        """What may become of the pieces."""
        return [
            type_
            for type_ in TYPES
            if not (type_ == DispositionType.PROCESSING_REQUIRED and self.has_arrived)
            and not (type_ == DispositionType.RESTOCKED and restock_problem(self.line))
        ]

    @property
    def usual(self) -> DispositionType:
        """What becomes of the pieces unless somebody says otherwise: work, for a repair."""
        needs_work = self.line.is_repair and not self.has_arrived
        return DispositionType.PROCESSING_REQUIRED if needs_work else self.types[0]


@dataclass(frozen=True, kw_only=True)
class BoundRow:
    """A row with its fields: a quantity for each disposition, and the place."""

    row: Row
    quantities: list[BoundField]
    location: BoundField | None


def rows_of(lines: Sequence[ReturnLine], disposed: Mapping[int, int]) -> list[Row]:
    """Return what is to be decided; disposed: pieces by return line that are done with."""
    found = []
    for line in lines:
        at_work = line.processed_quantity - disposed.get(line.pk, 0)
        if line.unprocessed_quantity:
            found.append(Row(line=line, most=line.unprocessed_quantity, has_arrived=False))
        if at_work:
            found.append(Row(line=line, most=at_work, has_arrived=True))
    return found


class ReceiveForm(ConfirmForm):
    """All rows of a return. Expected pieces begin as arrived and back in stock: the usual case."""

    def __init__(
        self,
        *args: Any,
        rows: Sequence[Row],
        locations: Sequence[Location],
        location: Location | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.rows = list(rows)
        for row in self.rows:
            usual = row.usual
            for type_ in row.types:
                is_usual = type_ == usual and not row.has_arrived
                self.fields[f"{row.name}-{type_}"] = forms.IntegerField(
                    label=type_.label,
                    min_value=0,
                    max_value=row.most,
                    initial=row.most if is_usual else 0,
                )
            if len(locations) > 1:
                self.fields[f"{row.name}-location"] = forms.TypedChoiceField(
                    label=_("Location"),
                    choices=[(place.pk, place.name) for place in locations],
                    coerce=int,
                    empty_value=None,
                    required=False,
                    initial=location.pk if location else None,
                )

        if self.rows and not self.is_bound:
            first = self.rows[0]
            self.fields[f"{first.name}-{first.usual}"].is_first = True  # type: ignore[attr-defined]

    @property
    def bound_rows(self) -> Iterator[BoundRow]:
        """The rows with their fields, as they stand on the page."""
        for row in self.rows:
            place = f"{row.name}-location"
            yield BoundRow(
                row=row,
                quantities=[self[f"{row.name}-{type_}"] for type_ in row.types],
                location=self[place] if place in self.fields else None,
            )

    def receipts(self) -> list[Receipt]:
        """Return what was entered, one receipt per row, in their order."""
        return [self._receipt(row) for row in self.rows]

    def _receipt(self, row: Row) -> Receipt:
        wishes = tuple(
            DisposeRequest(
                type=type_,
                quantity=self.cleaned_data[f"{row.name}-{type_}"],
                location_id=self.cleaned_data.get(f"{row.name}-location"),
            )
            for type_ in self._entered(row)
        )
        pieces = sum(wish.quantity for wish in wishes)
        return Receipt(
            line_id=row.line.pk,
            quantity=0 if row.has_arrived else pieces,
            dispositions=wishes,
        )

    def _entered(self, row: Row) -> list[DispositionType]:
        return [type_ for type_ in row.types if self.cleaned_data.get(f"{row.name}-{type_}")]

    def field_name(self, path: Sequence[str]) -> str | None:
        """Return the field for an error at ("receipts", row, "dispositions", number, ...)."""
        if path[:1] != ("receipts",) or len(path) < 2:
            return super().field_name(path)
        row = self.rows[int(path[1])]
        if path[-1] == "location" and f"{row.name}-location" in self.fields:
            return f"{row.name}-location"
        entered = self._entered(row) or row.types
        position = int(path[3]) if len(path) > 3 else 0
        return f"{row.name}-{entered[position]}"

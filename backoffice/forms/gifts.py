"""What of an order was given."""

from typing import Any

from backoffice.forms.acts import QuantitiesForm
from orders.models import OrderLine


class GiftCodeForm(QuantitiesForm):
    """Pieces per line of an order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["note"]

    @staticmethod
    def sold(line: Any) -> OrderLine:
        """Return the line itself."""
        found: OrderLine = line
        return found

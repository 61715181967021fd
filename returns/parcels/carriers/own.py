"""Labels of our own: address, barcode and QR code on 4 x 6 inches, for any carrier's counter."""

from collections.abc import Sequence

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from returns import codes
from returns.parcels.carriers.interface import CarrierAdapter, MadeLabel, Shipment
from returns.sheets import Sheet

STYLE = "css/label.css"

# Millimetres; label.css leaves the room for them.
QR_SIZE = 26.0
LINES, LETTERS = 6, 30  # of the address in large letters
BARS = {"longest": 90.0, "height": 16.0}


class OwnLabels(CarrierAdapter):
    """Prints the address; whoever carries the parcel is paid at the counter."""

    def make_label(self, shipment: Shipment) -> MadeLabel:
        """Return an address label as a PDF of one page."""
        from returns import pdf

        with translation.override(shipment.language):
            title = _("Return label %(reference)s") % {"reference": shipment.reference}
        content = pdf.write([_sheet(shipment, title)], style=STYLE, title=title)
        return MadeLabel(content=content)


def _sheet(shipment: Shipment, title: str) -> Sheet:
    drawn: dict[str, Sequence[codes.Rectangle]] = {
        "qr": codes.qr(shipment.url, size=QR_SIZE),
        "bars": codes.code128(shipment.reference, **BARS),
    }
    lines = shipment.recipient_lines
    context = {
        "shipment": shipment,
        "title": title,
        "has_bars": bool(drawn["bars"]),
        # Smaller letters for an address that large ones leave no room for.
        "is_long": sum(1 + len(line) // LETTERS for line in lines) > LINES,
    }
    with translation.override(shipment.language):
        html = render_to_string("slips/label.html", context)
    return Sheet(html=html, language=shipment.language, codes=drawn)

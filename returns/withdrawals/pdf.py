"""The acknowledgement of receipt as a PDF/A-3, which carries the statement itself as JSON.

`templates/slips/withdrawal.html` says where things stand, `static/css/slip.css` how they look.
"""

from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from orders.models import PageSize
from returns import slips
from returns.locales import Reader
from returns.models import WithdrawalStatement
from returns.sheets import Sheet
from returns.slips import Fact
from returns.withdrawals import receipts

STATEMENT_FILE = "statement.json"


def render(statement: WithdrawalStatement) -> bytes:
    """Return the acknowledgement, on the store's paper and in the statement's language.

    `statement.store` should be loaded.
    """
    # Only here, so that commands which print nothing do not wait a second for WeasyPrint.
    from returns import pdf

    reader = receipts.reader_of(statement)
    with translation.override(reader.language):
        html = render_to_string("slips/withdrawal.html", _context(statement, reader))
        title = _title(statement)
    return pdf.write(
        [Sheet(html=html, language=reader.language)],
        style=slips.STYLE,
        title=title,
        variant=pdf.ARCHIVE,
        attachments={STATEMENT_FILE: statement.content},
    )


def filename(statement: WithdrawalStatement) -> str:
    """Return a name for the file, as in `withdrawal-W-000017.pdf`."""
    return f"withdrawal-{statement.reference}.pdf"


def _title(statement: WithdrawalStatement) -> str:
    return _("Withdrawal from contract: receipt %(reference)s") % {"reference": statement.reference}


def _context(statement: WithdrawalStatement, reader: Reader) -> dict[str, Any]:
    store = statement.store
    submitted = [receipts.moment(statement, reader)]
    return {
        "language": reader.language,
        "title": _title(statement),
        "paper": "letter" if store.page_size == PageSize.LETTER else "a4",
        "store": store.name,
        "store_contact": slips.store_contact(store, reader),
        "reference": statement.reference,
        "facts": [
            Fact.of(_("Stated by"), [statement.name, statement.email]),
            Fact.of(_("Contract"), [_("Order %(number)s") % {"number": statement.order_reference}]),
            Fact.of(_("Submitted on"), submitted),
        ],
        "sentence": receipts.sentence(statement),
        "items": statement.items,
        "items_text": statement.items_text,
        "hash": statement.sha256,
        "file": STATEMENT_FILE,
        "page_label": slips.page_label(),
    }

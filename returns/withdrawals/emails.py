"""The acknowledgement of receipt by mail: Directive 2011/83/EU, Article 11a(4)."""

from urllib.parse import urlsplit

from django.conf import settings
from django.utils import translation

from returns.emails import Message, compose_to
from returns.models import WithdrawalStatement
from returns.withdrawals import pdf, receipts


def acknowledgement(statement: WithdrawalStatement) -> Message:
    """Return the mail that repeats a statement with its date and time, the PDF/A attached; unsent.

    It says the same whether or not the order is known. A second mail for the same statement has
    the same Message-ID, so that mail programs show it once. `statement.store` should be loaded.
    """
    reader = receipts.reader_of(statement)
    with translation.override(reader.language):
        sentence = receipts.sentence(statement)
        submitted = receipts.moment(statement, reader)
    message = compose_to(
        statement.email,
        "withdrawal_received",
        statement.store,
        reader,
        buyer=statement.name,
        reference=statement.reference,
        sentence=sentence,
        submitted=submitted,
        statement=statement,
        named=statement.items,
    )
    host = urlsplit(settings.SITE_URL).hostname
    message.extra_headers["Message-ID"] = f"<withdrawal.{statement.public_id.hex}@{host}>"
    message.attach(pdf.filename(statement), pdf.render(statement), "application/pdf")
    return message

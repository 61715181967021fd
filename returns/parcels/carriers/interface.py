"""What an adapter to carriers can be asked, and what it answers; nothing touches the database.

An adapter is called outside of any transaction, by a job: it may be slow, or away.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime


class CarrierError(Exception):
    """The carrier refused or did not answer; the message is for staff.

    may_pass: whether the same again later may go well.
    """

    def __init__(self, message: str, *, may_pass: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.may_pass = may_pass


class WebhookRefused(Exception):
    """A webhook that the carrier did not sign, or that cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Shipment:
    """One parcel back, with all that any label says; plain data.

    key: the same for the same parcel, however often it is asked for. sender and recipient: keys as
    in `orders.addresses`; the `*_lines` are the same as printed, for the parcel's own country.
    url: what the QR code opens. language: of the label's words.
    """

    key: str
    reference: str
    order_reference: str
    parcel: str
    sender: Mapping[str, str]
    sender_lines: Sequence[str]
    recipient: Mapping[str, str]
    recipient_lines: Sequence[str]
    store: str
    url: str
    language: str
    weight_grams: int | None = None
    weight: str = ""
    send_by: date | None = None
    send_by_words: str = ""


@dataclass(frozen=True, kw_only=True)
class MadeLabel:
    """A label that was made: the file (PDF or PNG), and how the parcel can be followed."""

    content: bytes
    tracking_number: str = ""
    carrier: str = ""
    tracking_url: str = ""


@dataclass(frozen=True, kw_only=True)
class TrackingUpdate:
    """How far a parcel is. state: a ParcelState. at: when it got there; None for now."""

    tracking_number: str
    state: str
    at: datetime | None = None


class CarrierAdapter(ABC):
    """One way to carriers. Without own methods it makes labels and knows nothing further."""

    can_track = False

    @abstractmethod
    def make_label(self, shipment: Shipment) -> MadeLabel:
        """Make the label of a parcel. Raises CarrierError."""

    def track(self, tracking_number: str) -> TrackingUpdate | None:
        """Ask how far a parcel is; None when nothing is known. Raises CarrierError."""
        return None

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> list[TrackingUpdate]:
        """Return what a webhook tells, after its signature was checked. Raises WebhookRefused.

        headers: with names in lower case.
        """
        from returns.parcels.carriers import signatures

        signatures.verify(headers, body)
        return signatures.updates(body)

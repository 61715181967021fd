"""What can be wrong with an act. Every message is for people: it says what to do next."""

from collections.abc import Sequence
from typing import ClassVar

from django.utils.translation import gettext as _


class ReturnError(Exception):
    """Something in the domain refused an act; nothing was changed.

    message: for people, in the language active when it was raised.
    code: for programs; the words of Shopify's ReturnErrorCode where one fits.
    field: where in the input, list indexes as numbers in text, as in ("lines", "0", "quantity").
    """

    code: ClassVar[str] = "INVALID"

    def __init__(self, message: str, *, field: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.field = tuple(field)


class InvalidState(ReturnError):
    """The return is not in a state from which this move is possible."""

    code = "INVALID_STATE"


class NotPermitted(ReturnError):
    """The actor may not do this."""

    code = "MISSING_PERMISSION"

    def __init__(self) -> None:
        super().__init__(_("You are not allowed to do this. Ask a manager for the permission."))


class UnknownLine(ReturnError):
    """A line that is not part of this order or return."""

    code = "NOT_FOUND"


class InvalidQuantity(ReturnError):
    """More pieces than there are, or none."""

    code = "INVALID"


class PieceTaken(ReturnError):
    """A piece, chosen by its number, that another return holds or that is in no parcel."""

    code = "INVALID"


class NothingChosen(ReturnError):
    """An act on lines without any line."""

    code = "BLANK"


class MissingReason(ReturnError):
    """A line without a reason, or with an unknown one."""

    code = "BLANK"


class MissingNote(ReturnError):
    """A reason, or an act, that needs words came without."""

    code = "BLANK"


class TooLong(ReturnError):
    """A text with more characters than there is room for."""

    code = "TOO_LONG"


class NotReturnable(ReturnError):
    """The policy refuses this item; `blockers` names every reason."""

    code = "INVALID"

    def __init__(self, message: str, *, blockers: Sequence[str], field: Sequence[str] = ()) -> None:
        super().__init__(message, field=field)
        self.blockers = tuple(blockers)


class TooManyMessages(ReturnError):
    """More messages than anybody reads."""

    code = "TOO_MANY_ARGUMENTS"


class MissingPhoto(ReturnError):
    """A reason that needs a photo came without."""

    code = "BLANK"


class MissingAnswer(ReturnError):
    """A question that the reason asks was left out."""

    code = "BLANK"


class InvalidAnswer(ReturnError):
    """An answer that is none of those to choose from."""

    code = "INVALID"


class NotForReason(ReturnError):
    """What is wanted cannot be had for this reason."""

    code = "INVALID"


class NotOffered(ReturnError):
    """The policy does not offer what is wanted, or not together."""

    code = "INVALID"


class NotExchangeable(ReturnError):
    """The policy, or a missing price, refuses this replacement."""

    code = "INVALID"


class OutOfStock(ReturnError):
    """Somebody else has got the last piece of a replacement."""

    code = "INVALID"


class GiftForRecipient(ReturnError):
    """Money of a gift's return that is to go to anybody but the recipient, as store credit."""

    code = "INVALID"


class TooManyCodes(ReturnError):
    """More gift codes than an order can have."""

    code = "TOO_MANY_ARGUMENTS"


class InvalidRecipient(ReturnError):
    """Whoever returns a gift gave no name, or no address that mail can go to."""

    code = "INVALID"


class InvalidDisposition(ReturnError):
    """What became of the pieces does not fit what was received."""

    code = "INVALID"


class InvalidAmount(ReturnError):
    """An amount that is negative, has too many digits, or is not this currency's."""

    code = "INVALID"


class RefundTooLarge(ReturnError):
    """More than is left on the payments."""

    code = "GREATER_THAN"


class CreditNotOffered(ReturnError):
    """The order's terms offer no store credit."""

    code = "INVALID"


class NoCreditOwner(ReturnError):
    """An order without customer and e-mail address: nobody could use the credit."""

    code = "OWNER_NOT_FOUND"


class CurrencyMismatch(ReturnError):
    """Another currency than the store credit account's."""

    code = "MISMATCHING_CURRENCY"


class InsufficientCredit(ReturnError):
    """More than is left on the store credit account, or of the credit to be taken back."""

    code = "INSUFFICIENT_FUNDS"


class CreditLimitExceeded(ReturnError):
    """More than a store credit account can hold."""

    code = "CREDIT_LIMIT_EXCEEDED"


class ExpiryInPast(ReturnError):
    """Credit that would have expired before it is there."""

    code = "EXPIRES_AT_IN_PAST"


class UnknownFee(ReturnError):
    """A fee that is not part of this return."""

    code = "NOT_FOUND"


class FeeTaken(ReturnError):
    """A fee that a refund has kept cannot be waived any more."""

    code = "INVALID_STATE"


class UnknownParcel(ReturnError):
    """A parcel, or a place for one, that this return does not have."""

    code = "NOT_FOUND"


class TooManyParcels(ReturnError):
    """More parcels than one return can have."""

    code = "TOO_MANY_ARGUMENTS"


class InvalidTracking(ReturnError):
    """A tracking number, carrier, link or state that cannot be one."""

    code = "INVALID"


class InvalidLabel(ReturnError):
    """A label that is not what it says, or more than a label is."""

    code = "INVALID"


class LabelTooLarge(ReturnError):
    """A file with more bytes than a label needs."""

    code = "TOO_BIG"


class KeyReused(ReturnError):
    """An idempotency key came with another request than the first time."""

    code = "TAKEN"


class InvalidPhoto(ReturnError):
    """A file that is no picture, or too large a one."""

    code = "INVALID"


class UnknownCode(ReturnError):
    """A scanned code that names nothing here."""

    code = "NOT_FOUND"


class InvalidLink(ReturnError):
    """An address that is no link for people."""

    code = "INVALID"


class UnknownSubscription(ReturnError):
    """A webhook subscription that is not there any more."""

    code = "NOT_FOUND"


class InvalidTopic(ReturnError):
    """A webhook topic that there is not."""

    code = "INVALID"


class InvalidAddress(ReturnError):
    """An address that webhooks are not sent to."""

    code = "INVALID"


class AddressTaken(ReturnError):
    """An address that is told of this topic already."""

    code = "TAKEN"


class InvalidName(ReturnError):
    """A name of a subscription with other characters than letters, digits, - and _."""

    code = "INVALID"


class InvalidFilter(ReturnError):
    """A filter of a subscription that cannot be read."""

    code = "INVALID"


class InvalidFields(ReturnError):
    """Fields of a subscription that cannot be any."""

    code = "INVALID"


class InvalidSecret(ReturnError):
    """A secret that signatures cannot be made with."""

    code = "INVALID"


class InvalidTag(ReturnError):
    """A tag that cannot be one, or more than a return can have."""

    code = "INVALID"


class UnknownMember(ReturnError):
    """Somebody who does not work here."""

    code = "NOT_FOUND"


class InvalidRule(ReturnError):
    """An automation rule that cannot do what it says; `field` names the part."""

    code = "INVALID"


class UnknownRule(ReturnError):
    """A rule, or a version of a policy, that is not there."""

    code = "NOT_FOUND"


class PolicyChanged(ReturnError):
    """Somebody else saved a store's policy since it was looked at."""

    code = "TAKEN"


class TooManyRules(ReturnError):
    """More rules than a policy may have."""

    code = "TOO_LONG"

"""When a return is ready for a move: what its row must say beside the state.

The first line of each is the page of states' "only when" (`manage.py write_states`).
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from returns.models.returns import Return


def nothing_refunded(return_: "Return") -> bool:
    """Nothing paid back."""
    return return_.refunded_quantity == 0 and not return_.refunded_amount


def is_no_gift(return_: "Return") -> bool:
    """Not a gift, which brings credit only."""
    return not return_.is_gift


def untouched(return_: "Return") -> bool:
    """Nothing processed, refunded or disposed, no replacement sent or paid."""
    return (
        nothing_refunded(return_)
        and return_.exchanged_quantity == 0
        and not return_.exchange_paid
        and return_.processed_quantity == 0
        and return_.disposed_quantity == 0
    )


def has_unprocessed(return_: "Return") -> bool:
    """Some piece has not been received."""
    return return_.processed_quantity < return_.total_quantity


def has_arrived(return_: "Return") -> bool:
    """Some piece was received and not paid back."""
    return return_.processed_quantity > return_.refunded_quantity


def has_work_left(return_: "Return") -> bool:
    """Some piece is not processed, or not disposed of yet."""
    return has_unprocessed(return_) or return_.disposed_quantity < return_.total_quantity


def has_replacement(return_: "Return") -> bool:
    """Some replacement has not been sent."""
    return return_.exchanged_quantity < return_.exchange_quantity


def has_replacement_ready(return_: "Return") -> bool:
    """Some replacement is ready to be sent."""
    return return_.exchange_ready_quantity > 0


def is_payment_awaited(return_: "Return") -> bool:
    """The buyer has to pay for a replacement."""
    return return_.exchange_owed > 0


def was_paid_in_vain(return_: "Return") -> bool:
    """A payment for a replacement that is not sent came in afterwards."""
    return return_.exchange_due < 0


def has_pieces(return_: "Return") -> bool:
    """Not all pieces taken out. Also when all were paid back: it may have been less than is due."""
    return return_.total_quantity > 0

"""What becomes of returns, as data: who does what, and how many days after the step before."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from returns.models import DeclineReason
from returns.models import DispositionType as Fate


class Verb(Enum):
    """What `returns.py` knows to tell."""

    REQUEST = auto()
    CREATE = auto()
    APPROVE = auto()
    APPROVE_SOME = auto()
    DECLINE = auto()
    WITHDRAW = auto()
    CANCEL = auto()
    REMOVE = auto()
    RECEIVE = auto()
    RECEIVE_SOME = auto()
    DECIDE = auto()
    CLOSE = auto()
    REOPEN = auto()
    NOTE = auto()
    SCAN_SOME = auto()
    FIND_MORE = auto()
    DECIDE_MORE = auto()
    SHIP_BACK = auto()
    LET_KEEP = auto()
    WAIVE = auto()
    REFUND = auto()
    REFUND_LESS = auto()
    LABEL = auto()
    HAND_IN = auto()
    IN_TRANSIT = auto()
    ARRIVE = auto()
    MEND = auto()
    DROP = auto()
    SWAP = auto()
    UPGRADE = auto()
    PAY = auto()
    PAY_WITH_CREDIT = auto()
    SEND = auto()
    TAKE_OUT = auto()
    ASK = auto()
    ANSWER = auto()
    WRITE = auto()
    REPLY = auto()
    SETTLE = auto()
    WANT_REPAIR = auto()
    SHIP_REPAIRED = auto()


@dataclass(frozen=True)
class Step:
    """One act, `days` after the one before. fate: of what came in. text: a note, by language."""

    verb: Verb
    days: float = 0
    fate: Fate = Fate.RESTOCKED
    reason: DeclineReason = DeclineReason.OTHER
    german: str = ""
    english: str = ""


@dataclass(frozen=True, kw_only=True)
class Story:
    """A kind of return, told `times` times.

    ended: between how many days ago the last step was. pieces: at least so many must go back.
    late: the time for returns was over, so that only staff could make it.
    as_credit: the buyer wants store credit instead of money. store: only of this one.
    swap: something that comes in other sizes or colours goes back, without a fee.
    """

    steps: tuple[Step, ...]
    times: int
    ended: tuple[float, float]
    pieces: int = 1
    late: bool = False
    as_credit: bool = False
    store: str = ""
    swap: bool = False


REQUEST: Final = Step(Verb.REQUEST)
APPROVE: Final = Step(Verb.APPROVE, 0.6)
LABEL: Final = Step(Verb.LABEL, 0.05)
HAND_IN: Final = Step(Verb.HAND_IN, 1.2)
TRANSIT: Final = Step(Verb.IN_TRANSIT, 0.8)
RECEIVE: Final = Step(Verb.RECEIVE, 4.5)
REFUND: Final = Step(Verb.REFUND, 0.8)
WRITE_OFF: Final = Step(Verb.RECEIVE, 4.2, Fate.NOT_RESTOCKED)
REFUSE: Final = Step(
    Verb.SHIP_BACK,
    1.2,
    german="Der Artikel wurde benutzt und gewaschen; so nehmen wir ihn nicht zurück.",
    english="It has been used and washed, so we cannot take it back.",
)
KEEP: Final = Step(
    Verb.LET_KEEP,
    0.3,
    german="Das Porto wäre teurer als die Ware.",
    english="Postage would cost more than the goods.",
)
WORK: Final = Step(Verb.RECEIVE, 3.8, Fate.PROCESSING_REQUIRED)

SWAP: Final = Step(Verb.SWAP)
UPGRADE: Final = Step(
    Verb.UPGRADE,
    0.4,
    german="Möchte lieber etwas anderes, am Telefon vereinbart.",
    english="Prefers something else; agreed on the phone.",
)
PAY: Final = Step(Verb.PAY, 0.9)
PAY_WITH_CREDIT: Final = Step(
    Verb.PAY_WITH_CREDIT,
    0.5,
    german="Entschuldigung für das lange Gespräch.",
    english="Sorry for the long call.",
)
SEND: Final = Step(Verb.SEND, 0.4)

WANT_REPAIR: Final = Step(Verb.WANT_REPAIR)
REPAIRED: Final = Step(
    Verb.SHIP_REPAIRED,
    3.5,
    german="Wir haben die Naht erneuert und alles geprüft.",
    english="We have renewed the seam and checked everything.",
)

ASK: Final = Step(
    Verb.ASK,
    0.4,
    german="Bitte schicken Sie uns noch ein Foto des Etiketts, damit wir die Charge finden.",
    english="Please send us a photo of the label too, so that we can find the batch.",
)
ANSWER: Final = Step(
    Verb.ANSWER,
    0.6,
    german="Hier ist es. Man sieht auch die Stelle am Rand.",
    english="Here it is. You can see the spot at the edge too.",
)
WRITE: Final = Step(
    Verb.WRITE,
    0.8,
    german="Kann ich das Paket auch in Ihrem Laden abgeben?",
    english="May I bring the parcel to your shop instead?",
)
REPLY: Final = Step(
    Verb.REPLY,
    0.3,
    german="Ja, gern. Bringen Sie bitte den Schein mit.",
    english="Yes, of course. Please bring the slip along.",
)
THANKS: Final = Step(
    Verb.WRITE,
    0.2,
    german="Vielen Dank!",
    english="Thank you very much!",
)

WORN: Final = Step(
    Verb.DECLINE,
    0.7,
    german="Die Fotos zeigen deutliche Tragespuren; so können wir es nicht zurücknehmen.",
    english="The photos show clear signs of wear, so we cannot take it back.",
)
CHECKED: Final = Step(
    Verb.NOTE,
    0.2,
    german="Mit der Kundin telefoniert, Paket ist unterwegs.",
    english="Called the customer: the parcel is on its way.",
)
SCRATCHED: Final = Step(
    Verb.NOTE,
    0.1,
    german="Kratzer an der Unterseite, Foto liegt in der Ablage.",
    english="Scratched on the underside; photo is on file.",
)
GOODWILL: Final = Step(
    Verb.WAIVE,
    0.3,
    german="Stammkundin, aus Kulanz.",
    english="Long-standing customer; as a courtesy.",
)

STORIES: Final = (
    # waiting for a decision
    Story(steps=(REQUEST,), times=11, ended=(0.02, 2.5)),
    Story(steps=(REQUEST, CHECKED), times=2, ended=(0.1, 1.5), pieces=2),
    # on their way back
    Story(steps=(REQUEST, APPROVE), times=4, ended=(0.1, 6)),
    Story(steps=(REQUEST, APPROVE, LABEL), times=2, ended=(0.1, 3)),
    Story(steps=(REQUEST, APPROVE, LABEL, HAND_IN), times=2, ended=(0.1, 1)),
    Story(steps=(REQUEST, APPROVE, HAND_IN, TRANSIT), times=3, ended=(0.1, 3)),
    Story(steps=(REQUEST, APPROVE, LABEL, HAND_IN, TRANSIT, Step(Verb.MEND, 0.3)), times=1,
          ended=(0.1, 2)),
    Story(steps=(REQUEST, APPROVE, HAND_IN, TRANSIT, Step(Verb.ARRIVE, 1.1)), times=1,
          ended=(0.05, 0.5)),
    Story(steps=(REQUEST, APPROVE, LABEL, Step(Verb.DROP, 0.4)), times=1, ended=(0.5, 4)),
    Story(steps=(REQUEST, Step(Verb.APPROVE_SOME, 0.5)), times=2, ended=(0.3, 4), pieces=2),
    Story(steps=(Step(Verb.CREATE),), times=3, ended=(0.3, 5)),
    Story(steps=(REQUEST, APPROVE), times=2, ended=(18, 24)),
    # received, in part or not decided yet
    Story(steps=(REQUEST, APPROVE, Step(Verb.RECEIVE_SOME, 4)), times=4, ended=(0.1, 3), pieces=2),
    Story(steps=(REQUEST, APPROVE, WORK, SCRATCHED), times=3, ended=(0.1, 4)),
    Story(steps=(REQUEST, APPROVE, Step(Verb.SCAN_SOME, 4)), times=2, ended=(0.01, 0.2), pieces=2),
    Story(steps=(REQUEST, APPROVE, Step(Verb.RECEIVE_SOME, 4), REFUND), times=2, ended=(1, 6),
          pieces=2),
    # received and waiting for money
    Story(steps=(REQUEST, APPROVE, RECEIVE), times=5, ended=(0.05, 2)),
    Story(steps=(REQUEST, APPROVE, WRITE_OFF), times=1, ended=(0.2, 2)),
    # done
    Story(steps=(REQUEST, APPROVE, RECEIVE, REFUND), times=24, ended=(0.2, 62)),
    Story(steps=(REQUEST, APPROVE, WRITE_OFF, REFUND), times=4, ended=(2, 50)),
    Story(steps=(Step(Verb.CREATE), Step(Verb.RECEIVE, 0.1), Step(Verb.REFUND, 0.1)), times=3,
          ended=(1, 40)),
    Story(steps=(REQUEST, APPROVE, WORK, Step(Verb.DECIDE, 2), REFUND), times=2, ended=(3, 30)),
    Story(steps=(REQUEST, APPROVE, RECEIVE, Step(Verb.REFUND_LESS, 1)), times=3, ended=(2, 40)),
    Story(steps=(Step(Verb.CREATE, german="Aus Kulanz.", english="As a courtesy."), RECEIVE,
                 REFUND), times=2, ended=(2, 30), late=True),
    Story(steps=(REQUEST, APPROVE, Step(Verb.RECEIVE, 5, Fate.MISSING)), times=2, ended=(3, 30)),
    # for store credit
    Story(steps=(REQUEST,), times=2, ended=(0.1, 2), as_credit=True),
    Story(steps=(REQUEST, APPROVE, RECEIVE), times=1, ended=(0.1, 1.5), as_credit=True),
    Story(steps=(REQUEST, APPROVE, RECEIVE, REFUND), times=7, ended=(0.3, 40), as_credit=True),
    Story(steps=(REQUEST, APPROVE, WRITE_OFF, REFUSE), times=2, ended=(0.5, 12)),
    Story(steps=(REQUEST, APPROVE, Step(Verb.FIND_MORE, 4)), times=1, ended=(0.1, 1), pieces=2),
    Story(steps=(REQUEST, APPROVE, Step(Verb.FIND_MORE, 4), Step(Verb.DECIDE_MORE, 1)), times=1,
          ended=(1, 9), pieces=2),
    Story(steps=(REQUEST, APPROVE, KEEP), times=1, ended=(0.1, 1)),
    Story(steps=(REQUEST, APPROVE, KEEP, REFUND), times=1, ended=(3, 20)),
    # exchanged: asked for, on its way back, to be paid, to be sent, sent
    Story(steps=(SWAP,), times=2, ended=(0.1, 2), swap=True),
    Story(steps=(SWAP, APPROVE), times=2, ended=(0.3, 4), swap=True),
    Story(steps=(REQUEST, APPROVE, UPGRADE), times=2, ended=(0.1, 3), swap=True),
    Story(steps=(REQUEST, APPROVE, UPGRADE, PAY, RECEIVE), times=1, ended=(0.1, 1), swap=True),
    Story(steps=(REQUEST, APPROVE, UPGRADE, PAY_WITH_CREDIT), times=1, ended=(0.1, 1), swap=True),
    Story(steps=(SWAP, APPROVE, RECEIVE), times=2, ended=(0.1, 2), swap=True),
    Story(steps=(SWAP, APPROVE, RECEIVE, SEND), times=4, ended=(0.5, 30), swap=True),
    Story(steps=(SWAP, APPROVE, Step(Verb.TAKE_OUT, 1)), times=1, ended=(0.5, 6), swap=True),
    # refused, called off, shortened
    Story(steps=(REQUEST, WORN), times=3, ended=(0.5, 45)),
    Story(steps=(REQUEST, Step(Verb.DECLINE, 0.9, reason=DeclineReason.FINAL_SALE)), times=1,
          ended=(5, 40)),
    Story(steps=(REQUEST, Step(Verb.DECLINE, 1.5, reason=DeclineReason.RETURN_PERIOD_ENDED)),
          times=1, ended=(5, 40)),
    Story(steps=(REQUEST, Step(Verb.WITHDRAW, 0.3)), times=3, ended=(0.5, 50)),
    Story(steps=(REQUEST, APPROVE, Step(Verb.CANCEL, 6)), times=2, ended=(1, 40)),
    Story(steps=(REQUEST, APPROVE, Step(Verb.REMOVE, 1)), times=2, ended=(0.5, 8), pieces=2),
    Story(steps=(REQUEST, APPROVE, GOODWILL), times=2, ended=(0.5, 5), store="heath-harbour"),
    Story(steps=(REQUEST, APPROVE, Step(Verb.CLOSE, 25)), times=2, ended=(1, 20)),
    Story(steps=(REQUEST, APPROVE, RECEIVE, Step(Verb.REOPEN, 0.5)), times=1, ended=(0.2, 4)),
    # written about: waiting for the buyer, for the shop, for nobody
    Story(steps=(REQUEST, ASK), times=2, ended=(0.1, 1)),
    Story(steps=(REQUEST, ASK, ANSWER), times=2, ended=(0.05, 0.6)),
    Story(steps=(REQUEST, APPROVE, WRITE), times=1, ended=(0.1, 1)),
    Story(steps=(REQUEST, APPROVE, WRITE, REPLY, THANKS, Step(Verb.SETTLE, 0.1)), times=2,
          ended=(0.1, 2)),
    # repaired: asked for, in the workshop, back with the buyer
    Story(steps=(WANT_REPAIR,), times=1, ended=(0.1, 1), store="linden-lark"),
    Story(steps=(WANT_REPAIR, APPROVE, WORK), times=1, ended=(0.1, 2), store="linden-lark"),
    Story(steps=(WANT_REPAIR, APPROVE, WORK, REPAIRED), times=2, ended=(0.5, 9),
          store="linden-lark"),
)  # fmt: skip

"""What the components page shows: sample words, amounts and a form with every kind of field."""

from typing import Any

from django import forms
from django.templatetags.static import static

TONES = ("positive", "attention", "critical", "info", "neutral")
STATES = (
    ("REQUESTED", "Requested"),
    ("OPEN", "Open"),
    ("CLOSED", "Closed"),
    ("DECLINED", "Declined"),
    ("CANCELED", "Canceled"),
    ("RESTOCKED", "Back in stock"),
    ("NOT_RESTOCKED", "Not put back in stock"),
    ("PROCESSING_REQUIRED", "Needs work"),
    ("MISSING", "Missing"),
    ("PENDING", "Under way"),
    ("SUCCEEDED", "Paid back"),
    ("FAILED", "Failed"),
)
REASONS = (("", "Choose a reason"), ("SIZE", "Too small"), ("COLOR", "Colour is different"))
COLORS = (
    "page",
    "surface-1",
    "surface-2",
    "surface-3",
    "text",
    "text-muted",
    "border",
    "border-strong",
    "border-control",
    "accent",
    "accent-soft",
    "danger",
    "focus",
)


class ShowcaseForm(forms.Form):
    """Every kind of field, to look at."""

    reason = forms.ChoiceField(label="Reason", choices=REASONS)
    email = forms.EmailField(label="E-mail address", help_text="The one the order was placed with.")
    amount = forms.DecimalField(label="Amount to refund", min_value=0)
    window = forms.IntegerField(label="Return window", help_text="The last day is included.")
    arrived = forms.DateField(
        label="Arrived on", widget=forms.DateInput(attrs={"type": "date"}), required=False
    )
    message = forms.CharField(label="Message to the buyer", widget=forms.Textarea, required=False)
    locked = forms.CharField(label="Order", initial="#1001", disabled=True, required=False)
    photo = forms.FileField(
        label="Picture", help_text="JPEG or PNG, at most 10 MB.", required=False
    )
    method = forms.ChoiceField(
        label="Refund to",
        choices=(("CARD", "Original card"), ("CREDIT", "Store credit")),
        widget=forms.RadioSelect,
    )
    notify = forms.MultipleChoiceField(
        label="Tell",
        choices=(("BUYER", "The buyer"), ("WAREHOUSE", "The warehouse")),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    restock = forms.BooleanField(label="Put the items back in stock", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        looks: dict[str, dict[str, str]] = {
            "amount": {"prefix": "EUR", "css": "field--short"},
            "window": {"suffix": "days", "css": "field--short"},
            "method": {"css": "field--cards"},
            "notify": {"css": "field--inline"},
        }
        for name, look in looks.items():
            for attribute, value in look.items():
                setattr(self.fields[name], attribute, value)


def thread() -> list[dict[str, Any]]:
    """Return what two sides wrote to each other, with a photo."""
    return [
        {
            "who": "Sam Okafor",
            "is_own": True,
            "asks": True,
            "body": "Please show us the label.",
            "when": "16 Nov, 10:02",
            "iso": "2026-11-16T10:02:00+01:00",
            "photos": [],
        },
        {
            "who": "Marie Dupont",
            "is_own": False,
            "asks": False,
            "body": "Here it is.",
            "when": "16 Nov, 12:40",
            "iso": "2026-11-16T12:40:00+01:00",
            "photos": [static("img/demo/mug.svg")],
        },
    ]


TIMELINE: list[dict[str, str]] = [
    {
        "type": "refund.succeeded",
        "what": "Refund of €49.90 paid",
        "who": "Finn Weber",
        "when": "20 Nov 2026, 16:02",
        "iso": "2026-11-20T16:02:00Z",
    },
    {
        "type": "return.processed",
        "what": "2 items received in Berlin, 1 put back in stock",
        "who": "Wanda Ortiz",
        "when": "20 Nov 2026, 11:40",
        "iso": "2026-11-20T11:40:00Z",
        "note": "One mug arrived with a crack at the handle.\nPhoto is attached.",
    },
    {
        "type": "return.approved",
        "what": "Return approved",
        "who": "Sam Lindqvist",
        "when": "17 Nov 2026, 09:15",
        "iso": "2026-11-17T09:15:00Z",
    },
    {
        "type": "return.requested",
        "what": "Return requested",
        "who": "Marie Dupont",
        "when": "16 Nov 2026, 21:03",
        "iso": "2026-11-16T21:03:00Z",
    },
]


SUMS: list[dict[str, Any]] = [
    {"label": "Items", "amount": "€64.80", "hint": "2 pieces, after discounts"},
    {"label": "Tax", "amount": "€12.31"},
    {"label": "Restocking fee", "amount": "-€3.24", "hint": "5 %"},
    {"label": "Refund", "amount": "€73.87", "is_total": True},
]


SAMPLES: dict[str, Any] = {
    "rows": [
        ("#1042-R1", "REQUESTED", "Requested", "Marie Dupont", "Berlin", 2, "€73.87", "2 h"),
        ("#1038-R2", "OPEN", "Open", "Jürgen Groß", "Berlin", 1, "€24.50", "1 day"),
        ("#1031-R1", "CLOSED", "Closed", "Aisha Khan", "London", 3, "£112.00", "3 days"),
        ("#1019-R1", "DECLINED", "Declined", "Tom O'Leary", "London", 1, "£0.00", "9 days"),
        ("#1007-R1", "CANCELED", "Canceled", "Zoë van Dijk", "Berlin", 4, "€0.00", "12 days"),
    ],
    "tabs": [
        {"label": "All", "url": "#tabs", "is_current": True, "count": 214},
        {"label": "To decide", "url": "#tabs", "count": 12},
        {"label": "To receive", "url": "#tabs", "count": 31},
        {"label": "To refund", "url": "#tabs", "count": 7},
    ],
    "chips": [
        {"label": "Status: Open", "remove_url": "#filters"},
        {"label": "Store: Berlin", "remove_url": "#filters"},
    ],
    "consequences": [
        {"icon": "money", "text": "€73.87 go back to the card ending in 4242."},
        {"icon": "mail", "text": "Marie Dupont gets a mail about it."},
        {"icon": "lock", "text": "A refund that was paid cannot be taken back."},
    ],
    "steps": [
        {"label": "Requested", "is_done": True},
        {"label": "Approved", "is_current": True},
        {"label": "Received"},
        {"label": "Refunded"},
    ],
    "facts": [
        {"label": "Order", "value": "#1042", "url": "#facts"},
        {"label": "Placed", "value": "2 November 2026"},
        {"label": "Store", "value": "Retour Berlin"},
        {"label": "E-mail", "value": "marie.dupont@example.com"},
    ],
}


class ItemForm(forms.Form):
    """The questions about one article, as the storefront asks them."""

    use_required_attribute = False
    selected = forms.BooleanField(required=False)
    quantity = forms.IntegerField(label="How many", min_value=1, max_value=3, initial=1)
    reason = forms.ChoiceField(label="Why does it go back?", choices=REASONS)
    note = forms.CharField(
        label="In your own words",
        help_text="Optional; it helps us to get better.",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def items() -> list[dict[str, Any]]:
    """Return articles of an order: one chosen, one that can be, a bundle, one that cannot."""
    ready = {"tone": "positive", "icon": "check", "state": "Can go back", "hint": "until 8 Dec"}
    chosen = ItemForm(prefix="item-1", initial={"selected": True, "quantity": 2, "reason": "SIZE"})
    return [
        {
            **ready,
            "id": "item-1",
            "picture_url": static("img/demo/tee.svg"),
            "title": "Heavy cotton tee",
            "options": "Terracotta, M",
            "price": "€24.90 each",
            "of": "of 3",
            "asks_quantity": True,
            "form": chosen,
        },
        {
            **ready,
            "id": "item-2",
            "picture_url": static("img/demo/mug.svg"),
            "title": "Stoneware mug",
            "options": "Petrol, 350 ml",
            "price": "€18.00",
            "form": ItemForm(prefix="item-2"),
        },
        {
            **ready,
            "id": "item-3",
            "picture_url": static("img/demo/gift-set.svg"),
            "title": "Quiet evening set",
            "options": "Goes back as a whole",
            "price": "€49.00",
            "parts": ["1 x Candle, plum", "1 x Notebook, dotted"],
            "form": ItemForm(prefix="item-3"),
        },
        {
            "id": "item-4",
            "picture_url": static("img/demo/headphones.svg"),
            "title": "Over-ear headphones",
            "options": "Petrol",
            "price": "€129.00",
            "tone": "neutral",
            "icon": "lock",
            "state": "Cannot go back",
            "hint": "The 30 days ended on 1 November",
        },
    ]

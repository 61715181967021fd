"""Controls drawn without templates are those that Django's own templates draw."""

import re
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates

from returns_project.forms import RetourRenderer

CHOICES = [("", "Any"), ("Group <b>", [("a&b", "A & B"), (2, "Two")]), (None, "None")]
ATTRS = {"id": 'x"y', "required": True, "disabled": False, "maxlength": 20, "class": "<wide>"}


def words(html: str) -> list[str]:
    """Return what matters of HTML: tags and texts, without the white space between."""
    return [part.strip() for part in re.split(r"(<[^>]*>)", html) if part.strip()]


@pytest.mark.parametrize(
    ("widget", "value"),
    [
        (forms.TextInput(), '"<script>&'),
        (forms.TextInput(), None),
        (forms.TextInput(), ""),
        (forms.NumberInput(), 3),
        (forms.EmailInput(), "ada@example.com"),
        (forms.URLInput(), "https://example.com/?a=1&b=2"),
        (forms.PasswordInput(render_value=True), "a'b"),
        (forms.HiddenInput(), "x"),
        (forms.DateInput(), "2026-02-02"),
        (forms.Select(choices=CHOICES), "a&b"),
        (forms.SelectMultiple(choices=CHOICES), ["a&b", "2"]),
    ],
)
def test_control_is_the_one_of_djangos_template(widget: forms.Widget, value: Any) -> None:
    drawn = [
        words(widget.render("a<b", value, attrs=ATTRS, renderer=renderer))
        for renderer in (RetourRenderer(), DjangoTemplates())
    ]
    assert drawn[0] == drawn[1]


def test_rare_widget_keeps_its_template() -> None:
    html = forms.Textarea().render("note", "<b>", renderer=RetourRenderer())
    assert "&lt;b&gt;</textarea>" in html

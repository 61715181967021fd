"""The template tags of the visual language, and what its files promise each other."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines
from django.templatetags.static import static

from returns.models import DispositionType, EventType, RefundStatus, ReturnStatus
from returns_project.templatetags import look

STATIC: Path = settings.BASE_DIR / "static"
TEMPLATES: list[Path] = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
STYLES: list[Path] = sorted((STATIC / "css").rglob("*.css"))


def symbols(name: str) -> set[str]:
    """Return the ids of the sprite's symbols."""
    return set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "img" / name).read_text()))


def render(template: str, **context: str) -> str:
    """Render a template that has loaded the tags."""
    return engines["django"].from_string("{% load look %}" + template).render(context)


def test_icon_is_hidden_from_screen_readers() -> None:
    url = static("img/icons.svg")
    assert render('{% icon "check" "large" %}') == (
        '<svg class="icon icon--large" aria-hidden="true" focusable="false">'
        f'<use href="{url}#check"></use></svg>'
    )


def test_status_badge_has_tone_icon_and_words() -> None:
    html = render("{% status_badge state label %}", state="DECLINED", label="Refused <b>")
    assert re.sub(r"<svg.*</svg>", "ICON", html.strip()) == (
        '<span class="badge badge--critical">ICONRefused &lt;b&gt;</span>'
    )


def test_status_badge_of_unknown_state_is_neutral() -> None:
    html = look.status_badge("NEW", "New")
    assert re.sub(r"<svg.*#info.*</svg>", "ICON", html.strip()) == (
        '<span class="badge badge--neutral">ICONNew</span>'
    )


@pytest.mark.parametrize(
    "states", [ReturnStatus, DispositionType, RefundStatus], ids=lambda states: states.__name__
)
def test_every_state_has_a_badge(states: type[ReturnStatus]) -> None:
    assert [state for state in states.values if state not in look.STATES] == []


def test_every_event_has_a_mark() -> None:
    assert [kind for kind in EventType.values if kind not in look.EVENTS] == []


def test_alert_translates_message_levels_into_tones() -> None:
    assert look.alert("error", "No", role="alert") == {
        "tone": "critical",
        "icon": "alert",
        "text": "No",
        "title": "",
        "role": "alert",
    }


def test_icons_in_use_are_drawn() -> None:
    used = {icon for _, icon in [*look.STATES.values(), *look.EVENTS.values()]}
    used |= {icon for _, icon in look.ALERTS.values()}
    for template in TEMPLATES:
        used |= set(re.findall(r"""{% icon "([\w-]+)""", template.read_text()))
    assert used - symbols("icons.svg") == set()


def test_pictures_in_use_are_drawn() -> None:
    used: set[str] = set()
    for template in TEMPLATES:
        used |= set(re.findall(r"""picture(?: |=)"([\w-]+)""", template.read_text()))
    assert used - symbols("pictures.svg") == set()


def test_custom_properties_in_use_are_declared() -> None:
    text = "\n".join(style.read_text() for style in STYLES)
    declared = set(re.findall(r"(--[\w-]+):", text))
    # With a fallback, a property may be left undeclared on purpose.
    used = set(re.findall(r"var\((--[\w-]+)\)", text))
    assert used - declared == set()


def test_colours_are_written_in_the_tokens_only() -> None:
    found = {
        style.name: re.findall(r"#[0-9a-fA-F]{3,8}\b", style.read_text())
        for style in STYLES
        if style.name not in {"tokens.css", "slip.css", "label.css", "dev.css"}
    }
    assert {name: colors for name, colors in found.items() if colors} == {}


def test_templates_have_neither_inline_style_nor_script() -> None:
    inline = re.compile(r"<style|\sstyle=|\son\w+=\"|<script(?![^>]*(?:src=|application/json))")
    found = [
        str(template.relative_to(settings.BASE_DIR))
        for template in TEMPLATES
        if "slips" not in template.parts
        and "emails" not in template.parts
        and inline.search(template.read_text())
    ]
    assert found == []

"""The colours of the visual language keep the contrast that WCAG 2.2 AA asks for."""

import re

import pytest
from django.conf import settings

TOKENS = (settings.BASE_DIR / "static/css/tokens.css").read_text()
PAIR = re.compile(r"--(color-[\w-]+):\s*light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
COLORS = {name: {"light": light, "dark": dark} for name, light, dark in PAIR.findall(TOKENS)}
SURFACES = ("color-page", "color-surface-1", "color-surface-2", "color-surface-3")
TONES = ("positive", "attention", "critical", "info", "neutral")

TEXT = [
    *[(text, surface) for text in ("color-text", "color-text-muted") for surface in SURFACES],
    *[("color-link", surface) for surface in SURFACES],
    *[("color-critical-fg", surface) for surface in SURFACES[:3]],
    *[(f"color-{tone}-fg", f"color-{tone}-bg") for tone in TONES],
    *[("color-text", f"color-{tone}-bg") for tone in TONES],
    ("color-text", "color-accent-soft"),
    ("color-text-muted", "color-accent-soft"),
    ("color-accent-soft-text", "color-accent-soft"),
    ("color-on-accent", "color-accent"),
    ("color-on-accent", "color-accent-hover"),
    ("color-on-danger", "color-danger"),
    ("color-on-danger", "color-danger-hover"),
]
OPERABLE = [
    *[("color-focus", surface) for surface in SURFACES],
    *[("color-border-control", surface) for surface in SURFACES[:3]],
    *[("color-accent", surface) for surface in SURFACES],
    ("color-danger", "color-surface-1"),
]


def luminance(color: str) -> float:
    """Return the relative luminance of `#rrggbb`, as WCAG 2.2 defines it."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_of_known_colours() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (OPERABLE, 3.0)], ids=["text", "lines"])
def test_contrast_is_enough(theme: str, pairs: list[tuple[str, str]], least: float) -> None:
    ratios = {
        f"{front} on {back}": round(contrast(COLORS[front][theme], COLORS[back][theme]), 2)
        for front, back in pairs
    }
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < least} == {}

"""The colours of plugins' pages, light and dark, are readable.

The ratios are those of WCAG 2.1: text has at least 4.5:1 on what it is meant for (success criterion
1.4.3), the bounds of controls at least 3:1 (1.4.11).
"""

from __future__ import annotations

import colorsys
import re
from importlib import resources
from itertools import product

import pytest

CSS = resources.files("omero_plugin_common") / "static/omero_plugin_common/css/tokens.css"
COLOUR = re.compile(r"--op-([a-z-]+): (?:hsl\((\d+) (\d+)% (\d+)%\)|(#fff));")
GROUNDS = ("ground", "surface", "surface-sunken", "surface-hover", "surface-selected")
SOFT = ("accent-soft", "good-soft", "warn-soft", "bad-soft")
TEXTS = [
    *product(("text",), (*GROUNDS, *SOFT)),
    *product(("text-muted",), GROUNDS),
    *product(("accent", "accent-strong"), (*GROUNDS, "accent-soft")),
    *((f"{each}", f"{each}-soft") for each in ("good", "warn", "bad")),
    *product(("good", "warn", "bad", "bad-strong"), ("ground", "surface", "surface-sunken")),
    ("bad-strong", "bad-soft"),
    *product(("text-on-accent",), ("accent", "accent-strong", "bad", "bad-strong")),
]
CONTROLS = [*product(("line-control", "accent"), ("ground", "surface", "surface-sunken"))]


def colours(scheme: str) -> dict[str, tuple[float, float, float]]:
    """Red, green and blue of each colour, from 0 to 1."""
    light, _, dark = CSS.read_text(encoding="utf-8").partition(
        "@media (prefers-color-scheme: dark)"
    )
    found = {}
    for text in (light, dark) if scheme == "dark" else (light,):
        for name, hue, saturation, lightness, _white in COLOUR.findall(text):
            hls = (int(hue or 0) / 360, int(lightness or 100) / 100, int(saturation or 0) / 100)
            found[name] = colorsys.hls_to_rgb(*hls)
    return found


def luminance(rgb: tuple[float, float, float]) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in rgb
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """From 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_is_that_of_the_standard() -> None:
    assert contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)
    # The lightest grey that is text on white: #767676.
    assert contrast((0x76 / 255,) * 3, (1, 1, 1)) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_on_what_it_is_meant_for(scheme: str) -> None:
    known = colours(scheme)
    ratios = {pair: round(contrast(known[pair[0]], known[pair[1]]), 2) for pair in TEXTS}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_controls_have_bounds_that_are_seen(scheme: str) -> None:
    known = colours(scheme)
    ratios = {pair: round(contrast(known[pair[0]], known[pair[1]]), 2) for pair in CONTROLS}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 3} == {}


def test_every_colour_has_a_dark_one() -> None:
    light, dark = colours("light"), colours("dark")
    assert set(light) == set(dark)
    assert [name for name, colour in light.items() if dark[name] == colour] == []

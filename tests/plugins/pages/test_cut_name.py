"""A name that is cut into pieces: mouse, keys, finger, and what counts as one character."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.accessibility import check_accessible
from browser.keep import picture
from browser.pretend_site import PretendSite
from browser.widths import at_widths
from omeroweb_omp_plugin import parsing
from omeroweb_omp_plugin.parsing.cut_pieces import CutPiece
from omeroweb_omp_plugin.parsing.parser import extensions
from omeroweb_omp_plugin.parsing.pattern_from_pieces import pattern_from_pieces

SHOW = """async ([name, pieces]) => {
  const { CutName } = await import("/static/omeroweb_omp_plugin/js/cut_name.js");
  const css = document.createElement("link");
  Object.assign(css, { rel: "stylesheet", href: "/static/omeroweb_omp_plugin/css/omp.css" });
  await new Promise((done) => { css.onload = done; document.head.append(css); });
  const place = document.querySelector("main").appendChild(document.createElement("div"));
  place.id = "cut";
  window.told = [];
  window.cutting = new CutName(place, { changed: (changed) => window.told.push(changed) });
  window.cutting.show({ name, pieces });
}"""
# A double click counts as one: the second click hits what was not there before.
PAUSE_MS = 400


@pytest.fixture(autouse=True)
def opened(page: Page, pretend: PretendSite) -> None:
    page.goto(pretend.url("components.html"))


def show(page: Page, name: str, *values: str) -> None:
    pieces, position = [], 0
    for value in values:
        start = name.index(value, position)
        position = start + len(value)
        pieces.append({"start": start, "end": position, "key": value.upper()})
    page.evaluate(SHOW, [name, pieces])


def pieces(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate("window.cutting.pieces")
    assert page.evaluate("window.told.at(-1) ?? window.cutting.pieces") == found
    return found


def texts(page: Page) -> list[str]:
    name = page.evaluate("window.cutting.name")
    return [name[each["start"] : each["end"]] for each in pieces(page)]


def character(page: Page, place: int) -> Locator:
    return page.locator(f'.omp-cut-character[data-start="{place}"]')


def click_before(page: Page, place: int, *, rtl: bool = False) -> None:
    page.wait_for_timeout(PAUSE_MS)
    at = character(page, place).bounding_box()
    assert at is not None
    page.mouse.click(at["x"] + (at["width"] - 2 if rtl else 2), at["y"] + at["height"] / 2)


def test_a_name_is_cut_joined_left_out_and_put_back(page: Page) -> None:
    show(page, "20240507_HeLaTaxol_20x_D01.ome.tif", "20240507", "HeLaTaxol", "20x", "D01")
    status = page.locator("#cut").get_by_role("status")
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_hidden()
    click_before(page, 13)
    assert texts(page) == ["20240507", "HeLa", "Taxol", "20x", "D01"]
    expect(status).to_have_text("Cut between HeLa and Taxol")
    for width in at_widths(page, (1280, 360)):
        picture(page, f"cut-name-{width}")
        check_accessible(page)
    assert [each["key"] for each in pieces(page)][1:3] == ["HELATAXOL", ""]
    # What touches is joined at its seam, what a sign separates at the sign.
    page.wait_for_timeout(PAUSE_MS)
    page.get_by_title("Join “HeLa” and “Taxol”").click()
    page.wait_for_timeout(PAUSE_MS)
    page.get_by_title("Join “HeLaTaxol” and “20x”").click()
    assert texts(page) == ["20240507", "HeLaTaxol_20x", "D01"]
    # A sign beside the cut belongs to no piece, and a piece has its key again.
    click_before(page, 19)
    assert [each["key"] for each in pieces(page)] == ["20240507", "HELATAXOL", "20X", "D01"]
    # A drag joins all that it crosses.
    page.wait_for_timeout(PAUSE_MS)
    for at, press in ((0, page.mouse.down), (10, None), (20, page.mouse.up)):
        box = character(page, at).bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 3, box["y"] + 8)
        if press:
            press()
    assert texts(page) == ["20240507_HeLaTaxol_20x", "D01"]
    undo.click()
    assert texts(page) == ["20240507", "HeLaTaxol", "20x", "D01"]
    page.wait_for_timeout(PAUSE_MS)
    page.locator(".omp-cut-piece", has_text="20x").hover()
    page.get_by_role("button", name=re.compile("t use “20x”")).click()
    assert [each["used"] for each in pieces(page)] == [True, True, False, True]
    # The server's answer knows only what is used.
    page.evaluate("""() => {
      const { name, pieces } = window.cutting;
      const used = pieces.filter((each) => each.used);
      window.cutting.show({ name, pieces: used.map((each) => ({ ...each, key: "K" })) });
    }""")
    assert len(page.evaluate("window.cutting.pieces")) == 4
    undo.click()
    assert all(each["used"] for each in pieces(page))

    name = page.get_by_role("application")
    name.focus()
    for key in ("Home", "ArrowRight", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(status).to_have_text("Cut between 2024 and 0507")
    page.keyboard.press("Space")
    expect(status).to_have_text("Joined to 20240507")
    page.keyboard.press("Delete")
    expect(status).to_have_text("20240507 is not used")
    page.keyboard.press("Control+z")
    assert [each["used"] for each in pieces(page)] == [True, True, True, True]
    expect(name).to_be_focused()
    expect(page.get_by_role("button", name="Cut here")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")


def test_characters_of_any_script_are_cut_whole_and_the_server_counts_them_alike(
    page: Page,
) -> None:
    microscopist = "👩\u200d🔬"
    name = f"🔬{microscopist}_e\u0301te\u0301_שלום.tif"
    show(page, name, f"🔬{microscopist}", "e\u0301te\u0301", "שלום")
    assert page.locator(".omp-cut-character").all_text_contents() == [
        *["🔬", microscopist, "e\u0301", "t", "e\u0301"],
        *"שלום",
    ]
    click_before(page, 1)
    click_before(page, name.index("t"))
    click_before(page, name.index("שלום") + 2, rtl=True)
    expected = ["🔬", microscopist, "e\u0301", "te\u0301", "של", "ום"]
    assert texts(page) == expected
    cut = [CutPiece(**each) for each in pieces(page)]
    made = pattern_from_pieces(name, cut, [name], extensions(parsing.load_rules()))
    settings = parsing.ParserSettings("regex", made.pattern, made.names)
    [read] = parsing.compile_parser(settings).parse_all([name])
    assert [value for _, value in read.pairs] == expected

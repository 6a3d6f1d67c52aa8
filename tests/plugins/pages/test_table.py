"""The table: 100 000 rows, keys, selection, sorting, texts that look like markup."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from browser.accessibility import check_accessible
from browser.complaints import Complaints
from browser.keep import picture
from browser.pretend_site import Answer, Asked, PretendSite
from browser.widths import at_widths, check_fits

ROWS = "/rows/"
MANY = 100_000
EVIL = "<img src=x onerror=\"document.title='broken'\">"
# The rows in sight, some around them, the header and the active one: not a hundred thousand.
MOST_ROWS_IN_DOCUMENT = 60
# A frame is 16.7 ms at 60 Hz. The middle one may take two; some wait for other work of the machine.
SLOW_FRAME_MS = 34

SET_UP = """async ({ address, rows, options }) => {
  const { ArraySource, PageSource } = await import("/static/omero_plugin_common/js/sources.js");
  const made = document.createElement("op-table");
  made.id = "table";
  document.getElementById("place").append(made);
  made.addEventListener("op-select", ({ detail }) => {
    made.dataset.selected = detail.keys.length;
  });
  made.addEventListener("op-open", ({ detail }) => {
    made.dataset.opened = detail.row.id;
  });
  await made.setUp({
    name: "Images",
    columns: [
      { key: "name", label: "Name", sorts: true, min: 14, grow: 3, href: (row) => row.link },
      { key: "size", label: "Size", sorts: true, end: true, min: 6 },
      { key: "owner", label: "Owner", min: 8, text: (row) => row.owner },
    ],
    source: address ? new PageSource(address) : new ArraySource(rows),
    selectable: true,
    ...options,
  });
}"""


def row(index: int) -> dict[str, Any]:
    return {"id": index + 1, "name": f"image {index}.tif", "size": index, "owner": "Ada"}


def pages(asked: Asked) -> Answer:
    """What a server with 100 000 rows says."""
    assert asked.method == "GET"
    first, limit = int(asked.query["offset"]), int(asked.query["limit"])
    indexes = range(first, min(MANY, first + limit))
    if asked.query.get("order") == "desc":
        indexes = range(MANY - 1 - first, max(-1, MANY - 1 - first - limit), -1)
    return Answer({"total": MANY, "rows": [row(index) for index in indexes]})


@pytest.fixture(autouse=True)
def opened(page: Page, pretend: PretendSite) -> None:
    page.goto(pretend.url("components.html"))
    pretend.answer(ROWS, pages)


def many(page: Page, **options: Any) -> Locator:
    page.evaluate(SET_UP, {"address": ROWS, "rows": None, "options": options})
    return page.get_by_role("grid", name="Images")


def few(page: Page, rows: list[dict[str, Any]], **options: Any) -> Locator:
    page.evaluate(SET_UP, {"address": None, "rows": rows, "options": options})
    return page.get_by_role("grid", name="Images")


def focused_row(page: Page) -> int:
    """The number of the row that has the focus, from 1; the header is 0."""
    number = page.evaluate(
        "Number(document.activeElement.closest('[role=row]')?.ariaRowIndex ?? -1) - 1"
    )
    return int(number)


def focused_column(page: Page) -> int:
    return int(
        page.evaluate("Number(document.activeElement.closest('[aria-colindex]').ariaColIndex)")
    )


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def search(page: Page, text: str) -> None:
    """Ask for other rows, without waiting for them."""
    page.evaluate("(text) => { document.querySelector('op-table').where({ text }); }", text)


def wait_until(page: Page, condition: Callable[[], bool]) -> None:
    """For what only this process sees; routes are answered while the page is asked something."""
    until = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < until
        page.evaluate("new Promise(requestAnimationFrame)")


# --- Size ---


def test_a_hundred_thousand_rows_in_a_bounded_document(page: Page, pretend: PretendSite) -> None:
    grid = many(page)
    expect(grid).to_have_attribute("aria-rowcount", str(MANY + 1))
    expect(page.get_by_text("100,000 rows")).to_be_visible()
    for part in (0, 0.25, 0.5, 0.75, 1):
        grid.evaluate("(node, part) => { node.scrollTop = part * node.scrollHeight; }", part)
        expected = min(MANY - 1, int(part * MANY))
        expect(grid.get_by_text(f"image {expected}.tif", exact=True)).to_be_attached()
        assert grid.locator("[role=row]").count() <= MOST_ROWS_IN_DOCUMENT
    last = grid.get_by_text(f"image {MANY - 1}.tif", exact=True)
    expect(last).to_be_in_viewport()
    assert grid.evaluate("(node) => node.querySelectorAll('*').length") < 1000
    # Each place that was looked at is a page or two, and nothing in between.
    assert len(pretend.requests(ROWS)) <= 10


def test_scrolling_is_smooth_and_asks_little(page: Page, pretend: PretendSite) -> None:
    many(page)
    before = len(pretend.requests(ROWS))
    frame = page.evaluate(
        """async () => {
          const node = document.querySelector("[role=grid]");
          const times = [];
          let last = performance.now();
          for (let step = 0; step < 120; step += 1) {
            node.scrollTop += 20_000;
            await new Promise(requestAnimationFrame);
            times.push(performance.now() - last);
            last = performance.now();
          }
          return times.sort((one, other) => one - other)[60];
        }"""
    )
    assert frame < SLOW_FRAME_MS
    # 66,000 rows flew past, 333 pages; asked for are those where the scrolling came to rest.
    assert len(pretend.requests(ROWS)) - before < 20


def test_the_end_by_key_and_back(page: Page) -> None:
    grid = many(page)
    grid.get_by_text("image 0.tif", exact=True).click()
    press(page, "Control+End")
    expect(grid.get_by_text(f"image {MANY - 1}.tif", exact=True)).to_be_in_viewport()
    assert focused_row(page) == MANY
    press(page, "Control+Home")
    expect(grid.get_by_text("image 0.tif", exact=True)).to_be_in_viewport()
    assert focused_row(page) == 1


# --- Keys ---


def test_one_stop_for_tab(page: Page) -> None:
    many(page)
    page.locator("#op-main").focus()
    press(page, "Tab")
    assert (focused_row(page), focused_column(page)) == (1, 2)
    press(page, "Tab")
    expect(page.get_by_role("button", name="Open")).to_be_focused()
    press(page, "Shift+Tab")
    assert (focused_row(page), focused_column(page)) == (1, 2)


def test_every_key_of_a_grid(page: Page) -> None:
    grid = many(page)
    page.locator("#op-main").focus()
    press(page, "Tab", "ArrowDown", "ArrowDown", "ArrowRight")
    assert (focused_row(page), focused_column(page)) == (3, 3)
    press(page, "End")
    assert focused_column(page) == 4
    press(page, "ArrowRight")
    assert focused_column(page) == 4
    press(page, "Home")
    assert focused_column(page) == 1
    expect(page.get_by_role("checkbox", name="Select image 2.tif")).to_be_focused()
    press(page, "ArrowRight", "PageDown")
    jumped = focused_row(page) - 3
    assert jumped > 5
    press(page, "PageDown", "PageUp")
    assert focused_row(page) == 3 + jumped
    press(page, "PageUp", "PageUp", "PageUp")
    assert focused_row(page) == 1
    press(page, "ArrowUp")
    assert focused_row(page) == 0
    expect(grid.get_by_role("button", name="Name")).to_be_focused()
    press(page, "ArrowUp")
    assert focused_row(page) == 0


def test_the_focus_stays_while_the_mouse_scrolls(page: Page) -> None:
    grid = many(page)
    page.locator("#op-main").focus()
    press(page, "Tab", "ArrowDown")
    grid.evaluate("(node) => { node.scrollTop = 1_000_000; }")
    expect(grid.get_by_text("image 27780.tif", exact=True)).to_be_attached()
    assert focused_row(page) == 2
    press(page, "ArrowDown")
    assert focused_row(page) == 3
    expect(grid.get_by_text("image 2.tif", exact=True)).to_be_in_viewport()


def test_enter_follows_the_link_or_opens_the_row(page: Page, pretend: PretendSite) -> None:
    few(page, [row(0) | {"link": "#there"}, row(1)])
    page.locator("#op-main").focus()
    press(page, "Tab", "ArrowDown", "Enter")
    expect(page.locator("op-table")).to_have_attribute("data-opened", "2")
    press(page, "ArrowUp", "Enter")
    expect(page).to_have_url(f"{pretend.url('components.html')}#there")


# --- Selection ---


def test_selecting_by_keys(page: Page) -> None:
    many(page)
    table = page.locator("op-table")
    page.locator("#op-main").focus()
    press(page, "Tab", "Space")
    expect(table).to_have_attribute("data-selected", "1")
    press(page, "Shift+ArrowDown", "Shift+ArrowDown")
    expect(table).to_have_attribute("data-selected", "3")
    press(page, "ArrowDown", "Space")
    expect(table).to_have_attribute("data-selected", "4")
    press(page, "Space")
    expect(table).to_have_attribute("data-selected", "3")
    expect(page.get_by_text("100,000 rows · 3 selected")).to_be_visible()
    rows = page.locator("[role=row][aria-selected=true]")
    expect(rows).to_have_count(3)
    press(page, "Home", "Space")
    expect(table).to_have_attribute("data-selected", "4")


def test_selecting_by_mouse(page: Page) -> None:
    many(page)
    table = page.locator("op-table")
    page.get_by_role("checkbox", name="Select image 1.tif").click()
    page.get_by_text("image 5.tif", exact=True).click(modifiers=["Shift"])
    expect(table).to_have_attribute("data-selected", "5")
    page.get_by_text("image 3.tif", exact=True).click(modifiers=["ControlOrMeta"])
    expect(table).to_have_attribute("data-selected", "4")
    every = page.get_by_role("checkbox", name="Select all rows")
    assert every.evaluate("(box) => box.indeterminate")
    every.click()
    expect(table).to_have_attribute("data-selected", "0")


def test_a_selection_survives_sorting(page: Page) -> None:
    many(page)
    page.get_by_role("checkbox", name="Select image 0.tif").click()
    page.get_by_role("button", name="Name").click()
    page.get_by_role("button", name="Name").click()
    expect(page.get_by_text(f"image {MANY - 1}.tif", exact=True)).to_be_visible()
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.get_by_text(f"image {MANY - 1}.tif", exact=True).click()
    press(page, "Control+End")
    expect(page.get_by_role("checkbox", name="Select image 0.tif")).to_be_checked()


def test_everything_is_selected_only_if_omero_takes_it(page: Page) -> None:
    many(page)
    page.get_by_role("checkbox", name="Select all rows").click()
    expect(page.get_by_role("status").filter(has_text="At most 10,000")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Select all rows")).not_to_be_checked()


def test_all_of_a_short_list(page: Page) -> None:
    few(page, [row(index) for index in range(30)])
    page.locator("#op-main").focus()
    press(page, "Tab", "Control+a")
    expect(page.locator("op-table")).to_have_attribute("data-selected", "30")
    expect(page.get_by_role("checkbox", name="Select all rows")).to_be_checked()


# --- Order ---


def test_the_server_sorts(page: Page, pretend: PretendSite) -> None:
    grid = many(page)
    header = grid.get_by_role("columnheader", name="Name")
    expect(header).to_have_attribute("aria-sort", "none")
    page.get_by_role("button", name="Name").click()
    expect(header).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("button", name="Name").press("Enter")
    expect(header).to_have_attribute("aria-sort", "descending")
    expect(grid.get_by_text(f"image {MANY - 1}.tif", exact=True)).to_be_visible()
    expect(page.get_by_text("Sorted by Name, descending")).to_be_attached()
    last = pretend.requests(ROWS)[-1].query
    assert (last["sort"], last["order"], last["offset"]) == ("name", "desc", "0")
    expect(page.get_by_role("button", name="Name")).to_be_focused()


def test_rows_of_the_page_sort_as_people_do(page: Page) -> None:
    names = ["image 10", "image 9", "", "Image 1"]
    grid = few(page, [row(0) | {"id": at, "name": name} for at, name in enumerate(names)])
    page.get_by_role("button", name="Name").click()
    shown = grid.locator("[role=row] [aria-colindex='2'] > span").all_text_contents()
    assert shown == ["Image 1", "image 9", "image 10", ""]


# --- What goes wrong ---


def test_what_a_server_says_is_text(page: Page) -> None:
    links = ["javascript:document.title='broken'", "data:text/html,x", "/fine/", None]
    rows = [
        row(0) | {"id": at, "name": EVIL, "owner": EVIL, "link": to} for at, to in enumerate(links)
    ]
    grid = few(page, rows)
    expect(grid.get_by_text(EVIL).first).to_be_visible()
    assert grid.locator("img").count() == 0
    hrefs = [link.get_attribute("href") for link in grid.locator("a").all()]
    assert hrefs == ["/fine/"]
    expect(page).to_have_title("Components")


def test_no_rows(page: Page) -> None:
    grid = few(page, [])
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
    expect(page.get_by_text("There are no images to show.")).to_be_visible()
    expect(grid).to_be_visible()
    page.locator("#op-main").focus()
    press(page, "Tab")
    assert focused_row(page) == 0
    check_accessible(page)


def test_the_server_fails_and_is_asked_again(
    page: Page, pretend: PretendSite, complaints: Complaints
) -> None:
    complaints.expect("500")
    broken = {"error": "It broke", "code": "internal"}
    pretend.answer(ROWS, Answer(broken, 500))
    many(page)
    alert = page.get_by_role("alert").filter(has_text="It broke")
    expect(alert).to_be_visible()
    pretend.answer(ROWS, pages)
    alert.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("image 0.tif", exact=True)).to_be_visible()
    expect(alert).to_be_hidden()


def test_rows_stay_when_sorting_fails(
    page: Page, pretend: PretendSite, complaints: Complaints
) -> None:
    complaints.expect("500")
    grid = many(page)
    pretend.answer(ROWS, Answer({"error": "It broke", "code": "internal"}, 500))
    page.get_by_role("button", name="Name").click()
    expect(page.get_by_role("alert").filter(has_text="It broke")).to_be_visible()
    expect(grid.get_by_text("image 0.tif", exact=True)).to_be_visible()
    header = grid.get_by_role("columnheader", name="Name")
    expect(header).to_have_attribute("aria-sort", "none")


def test_the_newest_question_wins(page: Page, pretend: PretendSite) -> None:
    """A slow answer to an earlier question never replaces the answer to a later one."""
    grid = many(page)
    held: list[Route] = []
    page.route("**/rows/?*text=a&*", lambda route: held.append(route))
    search(page, "a")
    wait_until(page, lambda: bool(held))
    page.get_by_role("button", name="Name").click()
    page.get_by_role("button", name="Name").click()
    search(page, "b")
    expect(grid.get_by_text(f"image {MANY - 1}.tif", exact=True)).to_be_visible()
    last = pretend.requests(ROWS)[-1].query
    assert (last["text"], last["order"]) == ("b", "desc")


def test_rows_on_their_way_are_marked(page: Page, pretend: PretendSite) -> None:
    grid = many(page)
    held: list[Route] = []
    page.route("**/rows/**", lambda route: held.append(route))
    grid.evaluate("(node) => { node.scrollTop = 1_000_000; }")
    first = grid.locator("[data-row='27780']")
    expect(first).to_be_in_viewport()
    expect(first).to_have_attribute("aria-busy", "true")
    wait_until(page, lambda: bool(held))
    for route in held:
        route.fallback()
    expect(grid.get_by_text("image 27780.tif", exact=True)).to_be_attached()
    expect(grid.locator("[role=row][aria-busy=true]")).to_have_count(0)


def test_it_loads_again_after_a_lost_session(
    page: Page, pretend: PretendSite, complaints: Complaints
) -> None:
    complaints.expect("401")
    pretend.answer(ROWS, Answer({"error": "Log in", "code": "not_logged_in"}, 401))
    many(page)
    banner = page.get_by_role("alert", name="Session")
    expect(banner).to_be_visible()
    pretend.answer(ROWS, pages)
    banner.get_by_role("button", name="I am logged in").click()
    expect(page.get_by_text("image 0.tif", exact=True)).to_be_visible()


def test_a_table_at_every_width(page: Page) -> None:
    grid = many(page)
    page.get_by_role("checkbox", name="Select image 1.tif").click()
    page.get_by_role("button", name="Name").click()
    expect(grid.get_by_text("image 0.tif", exact=True)).to_be_visible()
    for width in at_widths(page):
        # The table may scroll sideways, the page may not.
        check_fits(page, width)
        check_accessible(page)
        picture(page, f"table-{width}")

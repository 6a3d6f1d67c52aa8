"""Messages and questions: what is spoken, where the focus is, what keys do."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from browser.accessibility import check_accessible
from browser.keep import picture
from browser.pretend_site import PretendSite
from browser.widths import at_widths

EVIL = "<img src=x onerror=\"document.title='broken'\">"
ASK = """(options) => {
  import("/static/omero_plugin_common/js/dialog.js").then(async ({ confirmDialog }) => {
    document.body.dataset.answer = String(await confirmDialog(options));
  });
}"""
SAY = """async ([text, options]) => {
  const { toast } = await import("/static/omero_plugin_common/js/toast.js");
  toast(text, options);
}"""
DELETE = {
    "title": "Delete 3 datasets?",
    "text": "The images in them stay.\nThis cannot be undone.",
    "confirm": "Delete",
    "danger": True,
}


@pytest.fixture(autouse=True)
def opened(page: Page, pretend: PretendSite) -> None:
    page.goto(pretend.url("components.html"))


def ask(page: Page, **more: object) -> None:
    page.get_by_role("button", name="Open").focus()
    page.evaluate(ASK, {**DELETE, **more})
    expect(page.get_by_role("alertdialog")).to_be_visible()


def answered(page: Page, answer: str) -> None:
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator("body")).to_have_attribute("data-answer", answer)


def test_the_safe_answer_has_the_focus(page: Page) -> None:
    ask(page)
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    answered(page, "false")
    expect(page.get_by_role("button", name="Open")).to_be_focused()


def test_escape_is_no(page: Page) -> None:
    ask(page)
    page.keyboard.press("Escape")
    answered(page, "false")
    expect(page.get_by_role("button", name="Open")).to_be_focused()


def test_the_focus_goes_round_inside(page: Page) -> None:
    ask(page)
    stops = []
    for _ in range(4):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.textContent"))
    assert stops == ["Delete", "Cancel", "Delete", "Cancel"]
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Delete")).to_be_focused()
    page.keyboard.press("Enter")
    answered(page, "true")


def test_a_word_must_be_typed(page: Page) -> None:
    ask(page, typed="DELETE")
    field = page.get_by_label("Type DELETE to confirm")
    expect(field).to_be_focused()
    delete = page.get_by_role("button", name="Delete")
    expect(delete).to_be_disabled()
    field.press_sequentially("DELET")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alertdialog")).to_be_visible()
    field.press_sequentially("E")
    expect(delete).to_be_enabled()
    page.keyboard.press("Enter")
    answered(page, "true")


def test_what_is_asked_is_text(page: Page) -> None:
    ask(page, title=EVIL, text=EVIL, typed=EVIL)
    expect(page.get_by_role("heading", name=EVIL)).to_be_visible()
    expect(page).to_have_title("Components")
    assert page.locator("dialog img").count() == 0


def test_the_dialog_says_what_it_is_about(page: Page) -> None:
    ask(page)
    dialog = page.get_by_role("alertdialog", name="Delete 3 datasets?")
    expect(dialog).to_have_accessible_description("The images in them stay. This cannot be undone.")


def test_a_question_at_every_width(page: Page) -> None:
    ask(page, typed="DELETE")
    for width in at_widths(page):
        box = page.locator("dialog").bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        check_accessible(page)
        picture(page, f"dialog-{width}")


def test_messages_are_spoken_by_urgency(page: Page) -> None:
    page.evaluate(SAY, ["Saved", {"kind": "good"}])
    page.evaluate(SAY, ["It did not work", {"kind": "bad"}])
    expect(page.locator(".op-toasts [role=status]")).to_contain_text("Saved")
    expect(page.locator(".op-toasts [role=alert]")).to_contain_text("It did not work")


def test_a_message_goes_and_an_error_stays(page: Page) -> None:
    page.evaluate(SAY, ["It did not work", {"kind": "bad"}])
    page.evaluate(SAY, ["Saved", {"kind": "good", "seconds": 0.2}])
    expect(page.get_by_text("Saved")).to_have_count(0)
    error = page.get_by_text("It did not work")
    expect(error).to_be_visible()
    page.get_by_role("button", name="Dismiss").click()
    expect(error).to_have_count(0)


def test_a_message_waits_for_its_reader(page: Page) -> None:
    page.clock.install()
    page.evaluate(SAY, ["Saved", {"seconds": 6}])
    page.get_by_role("button", name="Dismiss").focus()
    page.clock.fast_forward(60_000)
    expect(page.get_by_text("Saved")).to_be_visible()
    page.get_by_role("button", name="Open").focus()
    page.clock.fast_forward(6_000)
    expect(page.get_by_text("Saved")).to_have_count(0)


def test_messages_at_every_width(page: Page) -> None:
    for kind in ("info", "good", "bad"):
        page.evaluate(SAY, [f"{EVIL} and a name that goes on " * 2, {"kind": kind, "seconds": 0}])
    expect(page).to_have_title("Components")
    for width in at_widths(page):
        for toast in page.locator(".op-toast").all():
            box = toast.bounding_box()
            assert box
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
        check_accessible(page)
        picture(page, f"toast-{width}")

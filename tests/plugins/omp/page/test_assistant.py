"""Help of a language model: keys, what is sent, what comes back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from ai_servers import KEY, AiServer
from ai_servers.models import reads, suggests
from ai_servers.server import Fault
from browser.accessibility import check_accessible
from browser.complaints import Complaints
from browser.keep import picture
from browser.objects.omp import OmpPage
from omp_pages import PageSite

PATTERN = r"(?P<Line>HeLa)_(?P<Compound>[^_]+)"


@pytest.fixture
def model(place: PageSite) -> Iterator[AiServer]:
    assert place.model is not None
    place.model.requests.clear()
    place.model.reply = reads()
    yield place.model
    place.model.faults.clear()


@pytest.fixture
def asking(omp: OmpPage, place: PageSite, model: AiServer, complaints: Complaints) -> OmpPage:
    """The page with a project, and the part of the assistant unfolded, without a key."""
    # Without a key the model says so.
    complaints.expect("409|400")
    with place.omp.base.transaction() as cursor:
        cursor.execute("delete from omp_ai_credentials")
    omp.choose_all("Screening May")
    omp.unfold("Use a language model")
    expect(omp.page.locator("#omp-key-state")).to_contain_text("needs an API key")
    return omp


def save_key(omp: OmpPage, key: str = KEY) -> None:
    """Type a key and save it."""
    omp.page.get_by_label("Your API key").fill(key)
    omp.page.get_by_role("button", name="Save", exact=True).click()
    expect(omp.page.get_by_text("Your API key was saved")).to_be_visible()
    expect(omp.page.get_by_label("Model")).to_be_enabled()


def test_a_key_is_tested_saved_and_never_shown(asking: OmpPage, complaints: Complaints) -> None:
    page = asking.page
    state = page.locator("#omp-key-state")
    page.get_by_label("Your API key").fill("sk-wrong")
    page.get_by_role("button", name="Test", exact=True).click()
    expect(state).to_contain_text("does not accept the key")
    page.get_by_label("Your API key").fill(KEY)
    page.get_by_role("button", name="Test", exact=True).click()
    expect(state).to_contain_text("It works")
    save_key(asking)
    expect(page.get_by_label("Your API key")).to_have_value("")
    expect(page.get_by_label("Model")).to_be_enabled()
    assert KEY not in page.content()
    check_accessible(page)
    asking.unfold("Settings and my data")
    page.get_by_role("button", name="Delete my API keys…").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(state).to_contain_text("needs an API key")


def test_a_pattern_is_suggested_and_used(asking: OmpPage, model: AiServer) -> None:
    page = asking.page
    save_key(asking)
    model.reply = suggests(PATTERN)
    before = len(model.asked())
    page.get_by_label("Keys to look for").fill("Line, Compound")
    page.get_by_role("button", name="Suggest a pattern…").click()
    shown = page.get_by_role("dialog", name="What will be sent")
    expect(shown).to_contain_text("Nothing else is sent")
    text = shown.get_by_label("What is sent").inner_text()
    assert len(model.asked()) == before
    picture(page, "omp-what-is-sent")
    check_accessible(page)
    shown.get_by_role("button", name="Ask").click()
    answer = page.locator("#omp-answer")
    expect(answer).to_contain_text("The pattern fits 39 of 40 names", timeout=120_000)
    expect(answer).to_contain_text("tokens")
    [sent] = model.asked()[before:]
    assert f"{sent.system}\n\n{sent.user}".split() == text.split()
    answer.get_by_role("button", name="Use the pattern").click()
    asking.wait_until_read()
    expect(asking.pattern).to_have_value(PATTERN)
    asking.expect_keys(["Line", "Compound"])
    check_accessible(page)


def test_values_are_read_into_the_preview(
    asking: OmpPage, place: PageSite, model: AiServer
) -> None:
    page = asking.page
    save_key(asking)
    page.get_by_label("Keys to look for").fill("Line, Compound")
    page.get_by_role("button", name="Read the values…").click()
    page.get_by_role("dialog").get_by_role("button", name="Ask").click()
    answer = page.locator("#omp-answer")
    expect(answer).to_contain_text("40 names read", timeout=120_000)
    picture(page, "omp-assistant")
    # Who closed the page finds the answer when they are back.
    page.reload()
    asking.tick_all()
    asking.job("Asking for values").get_by_role("button", name="Show the answer").click()
    answer.get_by_role("button", name="Show the values in step 3").click()
    expect(page.get_by_text("images with values that you edited")).to_be_visible()
    asking.wait_until_read()
    expect(asking.table("Images").get_by_role("columnheader", name="Compound")).to_be_attached()
    # What was paid for is not asked again.
    asked = len(model.asked())
    page.get_by_label("Keys to look for").fill("Line, Compound")
    page.get_by_role("button", name="Read the values…").click()
    known = page.get_by_role("dialog", name="Nothing has to be sent")
    expect(known).to_contain_text("40 of 40 names are read already")
    known.get_by_role("button", name="Use what was read").click()
    expect(page.get_by_text("Done", exact=True)).to_have_count(2, timeout=120_000)
    assert len(model.asked()) == asked
    # Nor lost when a job does not reach its end.
    with place.omp.base.transaction() as cursor:
        cursor.execute(
            "update omero_plugin_jobs set state = 'failed', error_code = 'ai_malformed', "
            "error_text = 'The answer cannot be used', result = null, done = 25 "
            "where kind = 'omp.ai_values' and finished is not null"
        )
    page.reload()
    asking.tick_all()
    asking.job("Asking for values").get_by_role(
        "button", name="Show what was read (25 of 40 names)"
    ).click()
    expect(answer).to_contain_text("25 of 40 names are read.")
    picture(page, "omp-read-in-part")
    answer.get_by_role("button", name="Show the values in step 3").click()
    expect(page.get_by_text("images with values that you edited")).to_be_visible()


def test_an_answer_that_does_not_come_can_be_cancelled(asking: OmpPage, model: AiServer) -> None:
    page = asking.page
    save_key(asking)
    model.faults.append(Fault(silent=True))
    page.get_by_role("button", name="Suggest a pattern…").click()
    page.get_by_role("dialog").get_by_role("button", name="Ask").click()
    job = asking.job("Asking for a pattern")
    assert model.waiting.wait(30)
    job.get_by_role("button", name="Cancel").click()
    expect(job.get_by_text("Cancelled", exact=True)).to_be_visible(timeout=120_000)

"""The progress component against the JSON of jobs: what is shown, how often it asks."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser.accessibility import check_accessible
from browser.complaints import Complaints
from browser.keep import picture
from browser.pretend_site import Answer, Asked, PretendSite
from browser.widths import at_widths, check_fits

JOB = "/omero_plugin_common/jobs/one/"
JOBS = "/omero_plugin_common/jobs/"
WAITS = "Waits for: Writing key-value pairs · Screening May / Plate 2 · 12 images"
EVIL = "<img src=x onerror=\"document.title='broken'\">"
PLACE = """([address, label]) => {
  const made = document.createElement("op-progress");
  made.setAttribute("src", address);
  made.setAttribute("label", label);
  made.addEventListener("op-job-finished", ({ detail }) => {
    document.body.dataset.finished = detail.state;
  });
  document.getElementById("place").append(made);
}"""
PLACE_LIST = """(address) => {
  const made = document.createElement("op-jobs");
  made.setAttribute("src", address);
  document.getElementById("place").append(made);
}"""

LISTED = f"{JOBS}?plugin=omeroweb_example"


def job(**more: Any) -> dict[str, Any]:
    return {
        "id": "one",
        "plugin": "omeroweb_example",
        "kind": "example.count",
        "title": "Counting images",
        "about": "Screening May / Plate 1 · 40 images",
        "state": "running",
        "done": 12,
        "total": 40,
        "unit": "images",
        "message": "Dataset 3 of 9",
        "rate": 3.2,
        "remaining": 8.75,
        "created": "2026-11-21T10:00:00Z",
        "started": "2026-11-21T10:00:01Z",
        "finished": None,
        "result": None,
        "error": None,
        "canCancel": True,
        "attempt": 1,
        "nextAttempt": None,
    } | more


ENDED = {"canCancel": False, "finished": "2026-11-21T10:01:00Z", "rate": None, "remaining": None}


@pytest.fixture(autouse=True)
def opened(page: Page, pretend: PretendSite) -> None:
    page.goto(pretend.url("components.html"))


def place(page: Page) -> None:
    page.evaluate(PLACE, [JOB, "Counting images"])


def test_where_a_job_stands(page: Page, pretend: PretendSite) -> None:
    pretend.answer(JOB, Answer(job()))
    place(page)
    bar = page.get_by_role("progressbar", name="Counting images")
    expect(bar).to_have_attribute("aria-valuenow", "30")
    expect(bar).to_have_attribute("aria-valuetext", "12 of 40 images")
    for text in ("Running", "12 of 40 images", "3.2 images/s", "about 9 s left", "Dataset 3 of 9"):
        expect(page.get_by_text(text, exact=True)).to_be_visible()


def test_a_job_of_unknown_length_claims_no_percentage(page: Page, pretend: PretendSite) -> None:
    pretend.answer(JOB, Answer(job(total=None, rate=None, remaining=None)))
    place(page)
    bar = page.get_by_role("progressbar")
    expect(bar).to_have_attribute("aria-valuetext", "12 images")
    assert bar.get_attribute("aria-valuenow") is None


def test_it_asks_until_the_end_and_then_no_more(page: Page, pretend: PretendSite) -> None:
    def going_on(_: Asked) -> Answer:
        turn = len(pretend.requests(JOB))
        return Answer(job(state="done", done=40, **ENDED) if turn == 3 else job(done=turn))

    pretend.answer(JOB, going_on)
    page.clock.install()
    place(page)
    for _ in range(8):
        page.clock.run_for(2_000)
        page.evaluate("0")
    expect(page.locator("body")).to_have_attribute("data-finished", "done")
    expect(page.get_by_role("button", name="Cancel Counting images")).to_be_hidden()
    page.clock.run_for(120_000)
    assert len(pretend.requests(JOB)) == 3


def test_it_asks_less_often_when_nothing_changes(page: Page, pretend: PretendSite) -> None:
    pretend.answer(JOB, Answer(job(state="queued", done=0)))
    page.clock.install()
    place(page)
    for _ in range(120):
        page.clock.run_for(1_000)
        page.evaluate("0")
    # Every second would be 120; at most ten seconds apart is at least 12.
    assert 12 <= len(pretend.requests(JOB)) <= 25


def test_nobody_looks_nobody_asks(page: Page, pretend: PretendSite) -> None:
    pretend.answer(JOB, Answer(job()))
    page.clock.install()
    hide = """(state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    place(page)
    expect(page.get_by_text("12 of 40 images")).to_be_visible()
    page.evaluate(hide, "hidden")
    page.clock.run_for(30_000)
    before = len(pretend.requests(JOB))
    page.clock.run_for(300_000)
    assert len(pretend.requests(JOB)) == before
    pretend.answer(JOB, Answer(job(done=20)))
    page.evaluate(hide, "visible")
    expect(page.get_by_text("20 of 40 images")).to_be_visible()


def test_cancelling(page: Page, pretend: PretendSite) -> None:
    pretend.answer(JOB, Answer(job()))
    place(page)

    def cancel(_: Asked) -> Answer:
        pretend.answer(JOB, Answer(job(state="cancelled", **ENDED)))
        return Answer(job(state="cancelling", canCancel=False))

    pretend.answer(f"{JOB}cancel/", cancel)
    page.get_by_role("button", name="Cancel Counting images").click()
    expect(page.get_by_text("Cancelled", exact=True)).to_be_visible()
    [asked] = pretend.requests(f"{JOB}cancel/")
    assert (asked.method, asked.headers["x-csrftoken"]) == ("POST", "token-1")


def test_a_refused_cancel_is_told_and_can_be_tried_again(
    page: Page, pretend: PretendSite, complaints: Complaints
) -> None:
    complaints.expect("429")
    pretend.answer(JOB, Answer(job()))
    refused = {"error": "Too many actions", "code": "rate_limited", "retryAfter": 12}
    pretend.answer(f"{JOB}cancel/", Answer(refused, 429))
    place(page)
    page.get_by_role("button", name="Cancel Counting images").click()
    expect(page.get_by_role("alert")).to_contain_text("Too many actions. Try again in 12 s.")
    expect(page.get_by_role("button", name="Cancel Counting images")).to_be_enabled()


def test_why_it_failed(page: Page, pretend: PretendSite) -> None:
    error = {"error": f"Dataset 5 is gone {EVIL}", "code": "job_failed"}
    pretend.answer(JOB, Answer(job(state="failed", error=error, message=EVIL, **ENDED)))
    place(page)
    expect(page.get_by_text("Failed", exact=True)).to_be_visible()
    expect(page.get_by_text(f"Dataset 5 is gone {EVIL} (job_failed)")).to_be_visible()
    expect(page).to_have_title("Components")


def test_what_it_waits_for_and_until_when(page: Page, pretend: PretendSite) -> None:
    waits = {"state": "queued", "attempt": 2, "rate": None, "remaining": None}
    reason = "OMERO.server cannot use its database at the moment"
    answer = job(**waits, message=reason, nextAttempt="2026-11-21T10:05:00Z")
    pretend.answer(JOB, Answer(answer))
    place(page)
    for text in ("Waiting", "12 of 40 images", "attempt 2", reason):
        expect(page.get_by_text(text, exact=True)).to_be_visible()
    expect(page.get_by_text("next attempt at")).to_be_visible()
    expect(page.get_by_text("Running")).to_have_count(0)


def test_the_server_is_away_for_a_while(
    page: Page, pretend: PretendSite, complaints: Complaints
) -> None:
    complaints.expect("500")
    pretend.answer(JOB, Answer({"error": "It broke", "code": "internal"}, 500))
    place(page)
    expect(page.get_by_text("It broke The job continues; checking again.")).to_be_visible()
    pretend.answer(JOB, Answer(job()))
    expect(page.get_by_text("12 of 40 images")).to_be_visible()
    expect(page.get_by_text("It broke")).to_have_count(0)


def test_a_job_that_is_forgotten(page: Page, pretend: PretendSite, complaints: Complaints) -> None:
    complaints.expect("404")
    pretend.answer(JOB, Answer({"error": "No such job", "code": "not_found"}, 404))
    place(page)
    expect(page.get_by_text("This job no longer exists")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel Counting images")).to_be_hidden()


def test_the_log_is_read_when_it_is_unfolded(page: Page, pretend: PretendSite) -> None:
    line = {"time": "2026-11-21T10:00:05Z", "level": "info"}

    def log(asked: Asked) -> Answer:
        after = int(asked.query["after"])
        new = [line | {"n": 1, "text": "began"}, line | {"n": 2, "text": EVIL, "level": "error"}]
        return Answer({"lines": [] if after == 2 else new, "next": 2})

    pretend.answer(f"{JOB}log/", log)
    pretend.answer(JOB, Answer(job()))
    place(page)
    expect(page.get_by_text("12 of 40 images")).to_be_visible()
    assert not pretend.requests(f"{JOB}log/")
    page.get_by_text("Log", exact=True).click()
    lines = page.get_by_role("log")
    expect(lines).to_contain_text("began")
    expect(lines).to_contain_text(EVIL)
    expect(page).to_have_title("Components")
    assert lines.locator("[data-level=error]").count() == 1


def test_jobs_survive_a_reload(page: Page, pretend: PretendSite) -> None:
    running = job()
    ended = job(id="two", state="done", done=40, **ENDED)
    ended["finished"] = page.evaluate("new Date(Date.now() - 60_000).toISOString()")
    old = job(id="three", state="done", done=40, **ENDED)
    old["finished"] = page.evaluate("new Date(Date.now() - 90_000_000).toISOString()")
    pretend.answer(JOB, Answer(running))
    pretend.answer(JOBS, Answer({"jobs": [running, ended, old]}))
    for _ in range(2):
        page.evaluate(PLACE_LIST, LISTED)
        expect(page.locator("op-progress")).to_have_count(2)
        expect(page.get_by_text("12 of 40 images")).to_be_visible()
        page.reload()
    page.evaluate(PLACE_LIST, LISTED)
    page.get_by_role("button", name="Dismiss Counting").click()
    expect(page.locator("op-progress")).to_have_count(1)
    page.reload()
    page.evaluate(PLACE_LIST, LISTED)
    expect(page.locator("op-progress")).to_have_count(1)
    assert {asked.query["plugin"] for asked in pretend.requests(JOBS)} == {"omeroweb_example"}


def test_a_lost_session_stops_asking_and_goes_on_afterwards(
    page: Page, pretend: PretendSite, complaints: Complaints
) -> None:
    complaints.expect("401")
    pretend.answer(JOB, Answer({"error": "Log in", "code": "not_logged_in"}, 401))
    place(page)
    banner = page.get_by_role("alert", name="Session")
    expect(banner).to_be_visible()
    pretend.answer(JOB, Answer(job()))
    banner.get_by_role("button", name="I am logged in").click()
    expect(banner).to_have_count(0)
    expect(page.get_by_text("12 of 40 images")).to_be_visible()


def test_every_state_at_every_width(page: Page, pretend: PretendSite) -> None:
    error = {"error": "OMERO refused the dataset 12: you may not change it", "code": "forbidden"}
    now = page.evaluate("new Date().toISOString()")
    jobs = [
        job(id="q", state="queued", done=0, total=None, rate=None, remaining=None, message=WAITS),
        job(id="r"),
        job(id="c", state="cancelling", canCancel=False),
        job(id="d", **(ENDED | {"finished": now}), state="done", done=40, message="40 images"),
        job(id="f", **(ENDED | {"finished": now}), state="failed", error=error),
        job(id="x", **(ENDED | {"finished": now}), state="cancelled"),
    ]
    for each in jobs:
        pretend.answer(f"{JOBS}{each['id']}/", Answer(each))
    pretend.answer(JOBS, Answer({"jobs": jobs}))
    page.evaluate(PLACE_LIST, JOBS)
    expect(page.locator("op-progress")).to_have_count(6)
    for width in at_widths(page):
        check_fits(page, width)
        check_accessible(page)
        picture(page, f"progress-{width}")


REPORT = "/omero_plugin_common/jobs/one/report.csv"
PLACE_HISTORY = PLACE_LIST.replace("op-jobs", "op-job-history")


def test_a_job_that_has_ended_offers_its_report(page: Page, pretend: PretendSite) -> None:
    turns = iter([job(report=REPORT), job(state="done", done=40, report=REPORT, **ENDED)])
    pretend.answer(JOB, lambda _: Answer(next(turns)))
    place(page)
    report = page.get_by_role("link", name="Report (CSV)")
    expect(page.get_by_text("Running", exact=True)).to_be_visible()
    expect(report).to_have_count(0)
    expect(page.locator("body")).to_have_attribute("data-finished", "done")
    expect(report).to_have_attribute("href", REPORT)


def test_a_job_is_undone_after_a_question_and_the_job_that_does_it_is_shown(
    page: Page, pretend: PretendSite
) -> None:
    undo = "/omero_plugin_common/jobs/one/undo/"
    done = job(state="done", done=40, undo=undo, **ENDED)
    pretend.answer(JOBS, Answer({"jobs": [done]}))
    pretend.answer(JOB, Answer(done))
    pretend.answer(undo, Answer(job(id="two", kind="example.undo", title="Undoing")))
    pretend.answer(
        "/omero_plugin_common/jobs/two/",
        Answer(job(id="two", kind="example.undo", title="Undoing")),
    )
    place(page)
    page.evaluate(PLACE_HISTORY, LISTED)
    page.evaluate(PLACE_LIST, LISTED)
    page.locator("#place > op-progress").get_by_role("button", name="Undo").click()
    question = page.get_by_role("dialog", name="Undo this job?")
    question.get_by_role("button", name="Cancel").click()
    assert pretend.requests(undo) == []
    page.get_by_text("Earlier jobs").click()
    page.locator("op-job-history").get_by_role("button", name="Undo Counting images").click()
    check_accessible(page)
    question.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_role("region", name="Undoing")).to_be_visible()
    assert len(pretend.requests(undo)) == 1


def test_earlier_jobs_are_a_list_that_is_asked_for_when_it_is_opened(
    page: Page, pretend: PretendSite
) -> None:
    ended = [
        job(id="b", state="done", message="40 written", report=REPORT, **ENDED),
        job(
            id="a",
            kind="example.other",
            state="failed",
            error={"error": EVIL, "code": "job_failed"},
            report="javascript:alert(1)",
            **ENDED,
        ),
    ]
    pretend.answer(JOBS, Answer({"jobs": [job(), *ended]}))
    page.evaluate(PLACE_HISTORY, LISTED)
    assert pretend.requests(JOBS) == []
    page.get_by_text("Earlier jobs").click()
    lines = page.locator("op-job-history li")
    expect(lines).to_have_count(2)
    expect(lines.nth(0)).to_contain_text(
        "Counting images · Screening May / Plate 1 · 40 imagesDone"
    )
    expect(lines.nth(0)).to_contain_text("40 written")
    expect(lines.nth(0).get_by_role("link")).to_have_attribute("href", REPORT)
    expect(lines.nth(1)).to_contain_text(EVIL)
    expect(lines.nth(1).get_by_role("link")).to_have_count(0)
    assert page.title() == "Components"
    check_accessible(page)

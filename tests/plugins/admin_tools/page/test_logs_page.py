"""Logs as an administrator reads them, from a double of a log store."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

import local_services
from browser.accessibility import check_accessible
from browser.keep import picture
from browser.objects.login import LoginPage
from browser.objects.plugin import PluginPage
from browser.site_under_test import SiteUnderTest
from browser.widths import at_widths
from http_double import serving
from log_store_double import LogStoreDouble
from omeroweb_admin_tools.planning.logs.model import SECOND, Entry
from plugin_site import until
from whole_site import WholeSite

LEVELS = ("info", "warn", "error", "debug", "")


def entries() -> list[Entry]:
    """Of the last minutes: 450 of OMERO.web, and some of a log file."""
    now = time.time_ns()
    found = [
        Entry(
            now - (at + 5) * SECOND,
            "web",
            f"request {at} <b>answered</b>\n  in {at} ms",
            LEVELS[at % len(LEVELS)],
            "demo-web-0",
            "omero-web",
        )
        for at in range(450)
    ]
    return [*found, Entry(now - 3 * SECOND, "server", "Blitz is ready", "info", file="Blitz-0.log")]


@pytest.fixture(scope="module")
def store() -> Iterator[LogStoreDouble]:
    with serving(LogStoreDouble("victorialogs")) as double:
        yield double


@pytest.fixture(scope="module")
def beside(
    whole: WholeSite, store: LogStoreDouble, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[local_services.Site]:
    """OMERO.web that knows the log store."""
    names = {
        "ADMIN_TOOLS_LOG_STACK": "victorialogs",
        "ADMIN_TOOLS_LOG_URL": store.url,
        "ADMIN_TOOLS_NAMESPACE": "imaging",
        "ADMIN_TOOLS_INSTANCE": "demo",
    }
    folder: Path = tmp_path_factory.mktemp("logs")
    with local_services.web_beside(whole.site, folder, **names) as web:
        yield web


@pytest.fixture
def logs(
    request: pytest.FixtureRequest,
    whole: WholeSite,
    beside: local_services.Site,
    store: LogStoreDouble,
) -> PluginPage:
    """The page of root."""
    store.entries, store.away, store.asked = entries(), set(), []
    page = request.getfixturevalue("page")
    site = SiteUnderTest(beside.url, "root", whole.site.standin.password, beside)
    LoginPage(page, site).log_in_at_once()
    return PluginPage(page, site, "omeroweb_admin_tools/logs/")


def test_entries_are_found_and_what_is_missing_is_named(
    logs: PluginPage, store: LogStoreDouble
) -> None:
    store.away = {"redis"}
    logs.open()
    expect(logs.main.get_by_role("status").first).to_contain_text("200 entries, the newest first")
    rows = logs.main.locator("#logs-rows tr")
    expect(rows.first).to_contain_text("Blitz is ready")
    # What somebody wrote into a log is text.
    expect(rows.nth(1)).to_contain_text("request 0 <b>answered</b>")
    expect(logs.main.get_by_role("alert")).to_contain_text("Redis is missing: it answered 500")
    for width in at_widths(logs.page, (360, 1280)):
        picture(logs.page, f"admin-tools-logs-{width}")
        check_accessible(logs.page)
    for shown in (400, 451):
        logs.main.get_by_role("button", name="Show older entries").click()
        expect(rows).to_have_count(shown)
    expect(logs.main.get_by_role("button", name="Show older entries")).to_be_hidden()
    logs.main.get_by_role("button", name="Around").nth(2).click()
    dialog = logs.page.get_by_role("dialog")
    expect(dialog.locator("tr[data-chosen]")).to_contain_text("request 1 ")
    dialog.get_by_role("button", name="Close").click()
    logs.main.get_by_label("OMERO.server: log files").check()
    logs.main.get_by_label("Blitz-0.log").check()
    expect(rows).to_have_count(1)
    logs.main.get_by_label("error", exact=True).check()
    logs.main.get_by_label("Contains").fill('x" or *')
    logs.main.get_by_role("button", name="Show", exact=True).click()
    # The page asks at each choice; the last one is the one with the text.
    words = 'file:in("Blitz-0.log") level:in("error") _msg:~"(?i)x\\" or \\\\*"'
    until(lambda: words in store.asked[-1][2]["query"], told=lambda: str(store.asked[-1]))
    expect(logs.main.get_by_role("status").first).to_contain_text("1 entry")
    with logs.page.expect_download() as download:
        logs.main.get_by_role("link", name="Download as CSV").click()
    assert download.value.suggested_filename == "omero-logs.csv"


def test_a_time_and_a_pod_are_chosen_and_stay_in_the_address(
    logs: PluginPage, store: LogStoreDouble
) -> None:
    logs.open()
    # As the page of resources leads to it.
    logs.page.goto(f"{logs.page.url.partition('?')[0]}?pod=demo-web-0&lookback=3600")
    rows = logs.main.locator("#logs-rows tr")
    expect(rows).to_have_count(200)
    expect(logs.main.get_by_text("Of the pod demo-web-0 alone.")).to_be_visible()
    until(lambda: 'pod:="demo-web-0"' in store.asked[-1][2]["query"], told=lambda: str(store.asked))
    logs.main.get_by_label("Time").select_option("between")
    begin, end = store.entries[60].moment, store.entries[20].moment
    for field, moment in (("From", begin), ("To (empty: now)", end)):
        shown = logs.page.evaluate(
            "ms => { const at = new Date(ms); at.setMinutes(at.getMinutes() - "
            "at.getTimezoneOffset()); return at.toISOString().slice(0, 19); }",
            moment // 1_000_000,
        )
        logs.main.get_by_label(field).fill(shown)
        logs.main.get_by_label(field).blur()
    # Both ends to the second.
    expect(rows).to_have_count(40)
    expect(logs.main.get_by_label("Live")).to_be_disabled()
    expect(logs.page).to_have_url(re.compile(r"\?pod=demo-web-0&from=20\S+Z&to=20\S+Z$"))
    table = str(logs.main.get_by_role("link", name="Download as CSV").get_attribute("href"))
    assert re.search(r"pod=demo-web-0&start=\d{19}&end=\d{19}$", table)
    for width in at_widths(logs.page, (360, 1280)):
        picture(logs.page, f"admin-tools-logs-time-{width}")
        check_accessible(logs.page)
    logs.page.reload()
    expect(rows).to_have_count(40)
    logs.main.get_by_role("button", name="Show all pods").click()
    expect(logs.main.get_by_text("alone.")).to_be_hidden()
    until(lambda: "pod:=" not in store.asked[-1][2]["query"], told=lambda: str(store.asked[-1]))
    logs.main.get_by_label("From").fill("")
    logs.main.get_by_label("From").blur()
    expect(logs.main.get_by_role("status").first).to_contain_text("choose from when")


def test_new_entries_appear_by_themselves_once(logs: PluginPage, store: LogStoreDouble) -> None:
    store.entries = store.entries[:3]
    logs.open()
    rows = logs.main.locator("#logs-rows tr")
    expect(rows).to_have_count(3)
    logs.main.get_by_label("Live").check()
    expect(logs.main.get_by_role("status").first).to_contain_text("new ones appear by themselves")
    now = time.time_ns()
    late = replace(store.entries[2], text="arrived late")
    store.entries = [*store.entries, Entry(now, "redis", "a new one"), late]
    expect(rows).to_have_count(5, timeout=120_000)
    expect(rows.first).to_contain_text("a new one")
    expect(rows.last).to_contain_text("arrived late")
    store.away = {"redis", "web"}
    expect(logs.main.get_by_role("alert")).to_contain_text(
        "OMERO.web is missing: it answered 500", timeout=120_000
    )
    expect(rows).to_have_count(5)

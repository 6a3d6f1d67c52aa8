"""Checks of the site as an administrator runs them."""

from __future__ import annotations

import json
import re
from uuid import UUID

import pytest
from playwright.sync_api import expect

from browser.accessibility import check_accessible
from browser.keep import picture
from browser.objects.login import LoginPage
from browser.objects.plugin import PluginPage
from browser.site_under_test import SiteUnderTest
from plugin_site import Worker
from whole_site import WholeSite

BAD = "<img src=x onerror=alert(1)>"
# From a time when something was broken.
OLD = {
    "id": str(UUID(int=4)),
    "started": "2026-11-01T02:03:04+00:00",
    "ended": "2026-11-01T02:03:09+00:00",
    "by": "ada",
    "not_stored": "",
    "checks": [
        {"check": "redis.keys", "proves": "", "place": "web", "seconds": 1},
        {"check": "omero.login", "proves": "", "place": "worker", "seconds": 1},
    ],
    "results": [
        {
            "check": "omero.login",
            "proves": "",
            "place": "worker",
            "outcome": "failed",
            "words": BAD,
            "advice": f"See {BAD}",
            "seconds": 2.5,
        }
    ],
    "totals": {"failed": 1, "warning": 0, "ok": 0, "skipped": 0},
}


@pytest.mark.timeout(240)
def test_a_run_its_report_and_an_earlier_one(
    request: pytest.FixtureRequest, whole: WholeSite, worker: Worker
) -> None:
    with whole.base.transaction() as cursor:
        cursor.execute(
            "insert into admin_tools_runs (id, started, ended, user_name, run) "
            "values (%s, %s, %s, %s, %s) on conflict do nothing",
            (*(OLD[name] for name in ("id", "started", "ended", "by")), json.dumps(OLD)),
        )
    page = request.getfixturevalue("page")
    site = SiteUnderTest(whole.site.url, "root", whole.site.standin.password, whole.site)
    LoginPage(page, site).log_in_at_once()
    diagnostics = PluginPage(page, site, "omeroweb_admin_tools/server-database-testing/")
    diagnostics.open()
    main = diagnostics.main
    main.get_by_text("Which pod does what").click()
    expect(main.locator("#checks-places")).to_contain_text("omero.login")
    main.get_by_role("button", name="Check the site").click()
    expect(main.locator("#results-status")).to_contain_text(
        re.compile(r"checks of .* by root: 0 failures"), timeout=120_000
    )
    results = main.locator("#results")
    expect(results.get_by_role("row", name="omero.login")).to_contain_text("ok")
    expect(results.get_by_role("row", name="volume.uploads")).to_contain_text("of the uploads")
    check_accessible(page)
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        picture(page, f"admin-tools-diagnostics-{width}")
    with page.expect_download() as download:
        main.get_by_role("link", name="Report as text").click()
    assert "omero.login" in download.value.path().read_text()
    # What was seen is text, and what has no result is named.
    main.get_by_role("button", name=re.compile("Show the run of 1 Nov 2026")).click()
    expect(main.locator("#results-status")).to_contain_text("1 check gave no result")
    expect(results).to_contain_text(BAD)

"""The OMP plugin as the image has it, with the variables and files that the operator gives."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import local_services
from browser.site_under_test import SiteUnderTest
from plugin_site import Worker
from site_ring import names
from whole_site import WholeSite

PASSWORD = "what-grace-knows"


@pytest.fixture
def omp(whole: WholeSite, worker: Worker) -> SiteUnderTest:
    """The shared site, whose web and worker know the plugin from `WEB_APPS` alone."""
    return SiteUnderTest(whole.site.url, names.MEMBER, PASSWORD, whole.site)


def run(site: SiteUnderTest, program: str) -> Any:
    """What a program prints at its end."""
    assert site.local
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-"],
        input=program,
        env=local_services.python_environment(**site.local.environment),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_a_member_writes_what_the_names_say(omp: SiteUnderTest, page: Page) -> None:
    assert omp.local
    dataset = run(omp, names.making(omp.local.standin.password, PASSWORD))
    page.goto(omp.address("webclient/login/"))
    page.locator("#id_username").fill(names.MEMBER)
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Login").click()
    page.wait_for_url(re.compile(r"/webclient/$"))
    link = page.get_by_role("link", name=names.LINK)
    page.goto(omp.address(link.get_attribute("href") or ""))
    expect(page.get_by_role("heading", level=1, name=names.HEADING)).to_be_visible()
    loaded = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    modules = [name for name in loaded if "/omeroweb_omp_plugin/js/" in name]
    assert modules
    assert [name for name in modules if not re.search(r"\.[0-9a-f]{12}\.js$", name)] == []

    job = names.write(page, omp.address("/"), dataset)
    assert (job["state"], job["done"], job["error"]) == ("done", len(names.IMAGES), None)
    pairs = run(omp, names.reading(PASSWORD))
    assert pairs.keys() == set(names.IMAGES)
    for name, found in pairs.items():
        written = dict(found)
        assert written["omp_hash"].startswith("omphash_v1:")
        assert name.split("_")[1] in written.values()

"""`ci/dev`: a site of local processes, reloaded code, and nothing left after Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from omero_web_container import catalogue
from playwright.sync_api import Page, expect

import local_services
from browser.accessibility import check_accessible
from browser.complaints import Complaints
from browser.keep import picture
from browser.objects.login import LoginPage
from browser.objects.omp import OmpPage
from browser.objects.webclient import WebclientPage
from browser.site_under_test import SiteUnderTest
from free_ports import free_port

ROOT = local_services.ROOT
RUN = """
import sys
from pathlib import Path
from omero_ci import dev, dev_site
dev_site.STATE = Path(sys.argv[1])
dev.environment.main = lambda _arguments: 0
sys.exit(dev.main(["--port", sys.argv[2]]))
"""
SCIENTIST, PROJECT = "dora", "Dose response"
FITTING = "2026-05-06_HeLa_nocodazole_0.1uM_20x_B01.ome.tif"

pytestmark = pytest.mark.timeout(180)


@dataclass(frozen=True)
class Dev:
    """What a person has before them: the address, and what the terminal shows."""

    url: str
    process: subprocess.Popen[bytes]
    folder: Path
    log: Path

    def said(self) -> str:
        """All lines so far."""
        return self.log.read_text()


@pytest.fixture(scope="module")
def dev() -> Iterator[Dev]:
    """Started once; the last test ends it with Ctrl-C."""
    with local_services.folder_for_postgres() as folder:
        port, log = free_port(), folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-c", RUN, str(folder / "state"), str(port)],
                cwd=ROOT / "ci",
                stdout=output,
                stderr=output,
            )
        started = Dev(f"http://127.0.0.1:{port}", process, folder / "state", log)
        try:
            _until(lambda: "ready in" in started.said() or process.poll() is not None)
            yield started
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait(60)


@pytest.fixture
def scientist(page: Page, dev: Dev) -> WebclientPage:
    """The first page of somebody who does what the terminal says."""
    site = SiteUnderTest(dev.url, SCIENTIST, f"{SCIENTIST}-demo")
    LoginPage(page, site).open().log_in()
    return WebclientPage(page, site)


def test_it_says_where_it_is_and_who_logs_in(dev: Dev) -> None:
    said = dev.said()
    assert re.search(r"^ready in [\d.]+ s$", said, re.MULTILINE), said[-2000:]
    assert f"{dev.url}/" in said
    assert {"database", "redis", "server", "web", "worker"} <= set(
        re.findall(r"^(\w+) *\| ", said, re.MULTILINE)
    )
    assert f"Log in as   {SCIENTIST}, password {SCIENTIST}-demo" in said
    assert PROJECT in said.partition("Try ")[2]


def test_the_menu_is_that_of_the_image(scientist: WebclientPage) -> None:
    links = [
        link[0]
        for app in catalogue.all_apps().values()
        for link in app.append.get("omero.web.ui.top_links", ())
        if dict(*link[2:]).get("data-for") != "administrators"
    ]
    assert "Metadata from names" in links and "Admin tools" not in links
    # The example plugin is added as a site adds its own.
    assert scientist.top_links() == ["Data", "History", "Help", *links, "Example"]


def test_a_scientist_writes_what_the_names_say(
    scientist: WebclientPage, dev: Dev, complaints: Complaints
) -> None:
    page = scientist.page
    scientist.top_link("Metadata from names").click()
    omp = OmpPage(page, scientist.site, "")
    expect(omp.project).not_to_contain_text("Loading")
    omp.choose_all(PROJECT)
    expect(page.get_by_text("2 of 2 datasets chosen, with 42 images.")).to_be_visible()
    omp.expect_keys(
        ["Acquisition date", "Biological entity", "", "Concentration", "Magnification", "Well"]
    )
    omp.key(3).fill("Compound")
    expect(omp.cell(FITTING, "Compound")).to_have_text("+ nocodazole")
    omp.wait_until_read()
    picture(page, "dev-omp-preview")
    check_accessible(page)
    omp.write.click()
    # The worker of `ci/dev` has done it.
    job = omp.done("Writing key-value pairs")
    expect(job).to_contain_text("42 of 42 images")
    expect(omp.cell(FITTING, "Compound")).to_have_text("nocodazole")
    assert re.search(r"^worker +\| .*succeeded in", dev.said(), re.MULTILINE)


def test_changed_code_is_loaded_and_ctrl_c_leaves_nothing(
    dev: Dev, new_visitor: Callable[[str], Any]
) -> None:
    visitor = new_visitor(dev.url)
    page = visitor.log_in("omero").text
    for address in re.findall(r'(?:src|href)="(/static/[^"?]+\.\w+)', page):
        assert visitor.get(address).status_code == 200, address
    children = _family(dev.process.pid)
    assert len(children) >= 5

    os.utime(ROOT / "plugins/omeroweb_omp_plugin/src/omeroweb_omp_plugin/jobs/pairs.py")
    _until(lambda: dev.said().count("ready.") >= 2)
    assert "code changed: the worker restarts" in dev.said()
    # gunicorn has taken the change too.
    _until(lambda: visitor.get("/healthz").status_code == 200)

    children |= _family(dev.process.pid)
    dev.process.send_signal(signal.SIGINT)
    assert dev.process.wait(60) == 0, dev.said()[-2000:]
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
    assert (dev.folder / "secrets" / "redis").stat().st_mode & 0o077 == 0


def _until(true: Callable[[], bool], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.1)


def _family(pid: int) -> set[int]:
    """A process's children, their children, and so on."""
    shown = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    parents = dict(tuple(map(int, line.split())) for line in shown.stdout.splitlines())
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}

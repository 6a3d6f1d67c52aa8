"""The OMP plugin on a site as it comes: in the menu, and a job that a member starts is done."""

from __future__ import annotations

import json
import re
import secrets
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from site_ring import names
from site_ring.installation import Site
from site_ring.login import fill_in, open_login

pytestmark = pytest.mark.timeout(900)


def test_a_member_writes_what_the_names_say(site: Site, page: Page, artifacts: Path) -> None:
    password = secrets.token_hex(16)
    made = site.exec_program("deploy/demo-web", names.making(site.root_password, password))
    dataset = json.loads(made.strip().splitlines()[-1])
    open_login(page, site)
    fill_in(page, names.MEMBER, password)
    page.wait_for_url(re.compile(r"/webclient/$"))

    link = page.get_by_role("link", name=names.LINK).get_attribute("href") or ""
    page.goto(site.url + link.lstrip("/"))
    expect(page.get_by_role("heading", level=1, name=names.HEADING)).to_be_visible()
    job = names.write(page, site.url, dataset)
    assert (job["state"], job["done"], job["error"]) == ("done", len(names.IMAGES), None)

    read = site.exec_program("deploy/demo-web", names.reading(password))
    pairs = json.loads(read.strip().splitlines()[-1])
    assert pairs.keys() == set(names.IMAGES)
    for name, found in pairs.items():
        written = dict(found)
        assert "omp_hash" in written
        assert name.split("_")[1] in written.values()
    page.screenshot(path=artifacts / "omp.png", full_page=True)


def test_what_signs_is_in_web_and_worker_alone(site: Site) -> None:
    look = 'test -r "$FMP_HASH_SECRET_FILE" && sha256sum <"$FMP_HASH_SECRET_FILE"'
    web, worker = (site.exec(f"deploy/demo-{pod}", "sh", "-c", look) for pod in ("web", "worker"))
    assert web == worker
    server = site.exec("statefulset/demo-server", "sh", "-c", 'echo "[$FMP_HASH_SECRET_FILE]"')
    assert server.strip() == "[]"

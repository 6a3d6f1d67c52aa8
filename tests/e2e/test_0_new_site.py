"""A new site is empty, and the demo's Job fills it, once. Before the tests that make something."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from omero_ci import demo_data
from omero_ci.try_it import OTHERS, SCIENTIST
from site_ring import names
from site_ring.first_page import open_first_page
from site_ring.installation import Site

pytestmark = pytest.mark.timeout(900)

IMAGES_OF_A_DATASET = 21
ACCOUNTS = {"root", "guest", "job-service", "omero-monitoring"}


def there(site: Site) -> dict[str, Any]:
    """Users, groups, and how many things of each type OMERO has."""
    program = names.counting(site.root_password)
    said = site.exec_program("deploy/demo-web", program).strip().splitlines()[-1]
    found: dict[str, Any] = json.loads(said)
    return found


def test_a_site_without_the_demos_job_is_empty(site: Site) -> None:
    found = there(site)
    assert set(found.pop("users")) == ACCOUNTS
    assert set(found.pop("groups")) == {"system", "user", "guest"}
    assert set(found.values()) == {0}, found


def test_the_job_makes_people_and_images_once(site: Site, page: Page, artifacts: Path) -> None:
    said = demo_data.make_data(site.kubectl, site.namespace)
    assert said.endswith("the data is complete")
    first = there(site)
    assert set(first["users"]) == ACCOUNTS | {SCIENTIST, *OTHERS}
    assert first["Image"] > 400
    assert first["Plate"] == 2
    secret = site.kubectl.get(site.namespace, "secret", demo_data.SECRET)
    password = base64.b64decode(secret["data"][SCIENTIST]).decode()

    tree = open_first_page(page, site.url, password)
    assert tree.at_level(4).count() == IMAGES_OF_A_DATASET
    page.screenshot(path=artifacts / "first-page.png")

    # `make demo` again: the Job anew, nothing twice, and a password that is lost is made anew.
    change = json.dumps([{"op": "remove", "path": "/data/ben"}])
    site.kubectl.run(
        *("patch", "secret", demo_data.SECRET, "--namespace", site.namespace),
        *("--type=json", f"--patch={change}"),
    )
    assert "complete before" in demo_data.make_data(site.kubectl, site.namespace)
    assert there(site) == first
    secret_after = site.kubectl.get(site.namespace, "secret", demo_data.SECRET)
    # kubectl would keep the passwords in an annotation as well.
    assert "annotations" not in secret_after["metadata"]
    after = secret_after["data"]
    assert after.keys() == {SCIENTIST, *OTHERS}
    assert after[SCIENTIST] == secret["data"][SCIENTIST]
    assert after["ben"] != secret["data"]["ben"]

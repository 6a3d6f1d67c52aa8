"""What a site offers beside OMERO.web: nine applications, and plugins from images."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
import time
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page

from image_build.build import reference
from image_build.catalogue import BY_NAME
from omero_ci.paths import ROOT
from site_ring.installation import HTTP_PORT, Site, all_of, component_of
from site_ring.login import log_in

pytestmark = pytest.mark.timeout(900)

# Runs in a web pod; the passwords come by standard input.
ADD_MEMBER = """
import os
from omero.gateway import BlitzGateway
from omero.model import ExperimenterI
from omero.rtypes import rbool, rstring

root = BlitzGateway("root", {root!r}, host=os.environ["OMERO_HOST"], port=4064, secure=True)
assert root.connect(), "root cannot log in"
admin = root.getAdminService()
member = ExperimenterI()
member.omeName, member.ldap = rstring("iris"), rbool(False)
member.firstName, member.lastName = rstring("Iris"), rstring("Lens")
group = admin.lookupGroup("imaging")
users = admin.lookupGroup(admin.getSecurityRoles().userGroupName)
admin.createExperimenterWithPassword(member, rstring({member!r}), group, [users])
root.close()
"""


def change(site: Site, spec: dict[str, Any]) -> None:
    """Merge into the platform's specification."""
    patch = json.dumps({"spec": spec})
    site.kubectl.run(
        *("patch", f"omero/{site.name}", "--namespace", site.namespace),
        *("--type=merge", f"--patch={patch}"),
    )


def example() -> dict[str, Any]:
    """The plugin of the examples, from its image."""
    return {
        "name": "example",
        "image": reference(BY_NAME["omeroweb-example"]),
        "app": "omeroweb_example",
        "topLink": {"label": "Example", "url": "omeroweb_example_index"},
    }


def through_the_ingress() -> httpx.Client:
    """A client of the demo's host: only browsers know that omero.localhost is this machine."""
    return httpx.Client(
        base_url=f"http://127.0.0.1:{HTTP_PORT}",
        headers={"Host": f"omero.localhost:{HTTP_PORT}"},
        trust_env=False,
        timeout=10,
    )


def test_nine_applications_are_in_the_menus(site: Site, page: Page) -> None:
    log_in(page, site)
    links = page.locator("#middle_header_left li a").all_text_contents()
    assert {"Gallery", "Figure", "Any Value", "Tag Search"} <= {link.strip() for link in links}
    # Fetched by the page: the name omero.localhost is known to browsers alone.
    fetch = "async address => (await fetch(address)).json()"
    offered = page.evaluate(fetch, f"{site.url}webgateway/open_with/")["open_with_options"]
    assert {entry["id"] for entry in offered} >= {
        "omero_figure",
        "omero_fpbioimage",
        "omero_iviewer",
    }
    centre = page.locator("#center_panel_chooser option").all_text_contents()
    assert {"Parade", "Auto Tag"} <= {option.strip() for option in centre}


def test_a_plugin_of_the_sites_own_works_like_in_a_local_site(site: Site) -> None:
    """The plugin's page tests, which also run against local processes, on the cluster."""
    groups = [{"name": "imaging", "permissions": "read-annotate"}]
    change(site, {"server": {"groups": groups}, "web": {"extraPlugins": [example()]}})
    site.wait_observed()
    site.wait()
    password = secrets.token_hex(16)
    program = ADD_MEMBER.format(root=site.root_password, member=password)
    site.exec_program("deploy/demo-web", program)
    variables = os.environ | {
        "SITE_URL": site.url,
        "SITE_USER": "iris",
        "SITE_PASSWORD": password,
    }
    tests = str(ROOT / "tests" / "plugins" / "pages" / "test_example.py")
    command = [sys.executable, "-m", "pytest", "--quiet", tests]
    ended = subprocess.run(command, env=variables, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-2000:]


def test_a_broken_plugin_is_named_and_the_pods_before_it_go_on(site: Site) -> None:
    broken = {**example(), "name": "broken", "app": "no_such_package", "topLink": None}
    change(site, {"web": {"extraPlugins": [example(), broken]}})
    words = ("plugin broken", "no_such_package")
    site.wait_for_words("WebReady", "CrashLooping", *words, seconds=180)
    with through_the_ingress() as client:
        assert client.get("/omeroweb_example/").status_code == 302, "to the login page"
    change(site, {"web": {"extraPlugins": [example()]}})
    site.wait_observed()
    site.wait()


def test_a_web_pod_may_go_without_a_failed_request(site: Site) -> None:
    failed: list[str] = []
    over = threading.Event()
    asked = 0

    def visit() -> None:
        nonlocal asked
        with through_the_ingress() as client:
            while not over.is_set() and asked < 2000:
                asked += 1
                try:
                    answer = client.get("/webclient/login/")
                except httpx.HTTPError as error:
                    failed.append(repr(error))
                    continue
                if answer.status_code != 200:
                    failed.append(str(answer.status_code))
                time.sleep(0.05)

    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        pods = [
            pod["metadata"]["name"]
            for pod in all_of(site.kubectl, "pods", site.namespace)
            if component_of(pod) == "web" and "deletionTimestamp" not in pod["metadata"]
        ]
        site.kubectl.run("delete", "pod", pods[0], "--namespace", site.namespace)
        site.kubectl.run(
            *("rollout", "status", "deploy/demo-web", "--namespace", site.namespace),
            "--timeout=120s",
        )
        visitor.join(5)
    finally:
        over.set()
        visitor.join()
    assert failed == []
    assert asked > 20

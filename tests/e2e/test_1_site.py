"""The minimal example is a site that a person can use."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from kubectl_omero.cli import main
from omero_ci.kubectl import Kubectl
from omero_ci.paths import path_with_tools
from site_ring.installation import RELEASE, Site, helm
from site_ring.login import fill_in, log_in, open_login, visit

pytestmark = pytest.mark.timeout(900)


def test_a_browser_logs_in_through_the_ingress(site: Site, page: Page, artifacts: Path) -> None:
    page.goto(site.url)
    expect(page.locator("#id_password")).to_be_visible()
    page.screenshot(path=artifacts / "login.png")
    # The page must not pretend: the demo's OMERO.server is a stand-in.
    expect(page.locator("body")).to_contain_text("stand-in")
    log_in(page, site)
    expect(page.locator("body")).to_contain_text("root")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=artifacts / "data-tree.png")


def test_a_wrong_password_stays_outside(site: Site, page: Page) -> None:
    open_login(page, site)
    fill_in(page, "root", "wrong")
    expect(page.locator("body")).to_contain_text("Error")
    assert "/login/" in page.url


def test_the_session_survives_every_web_pod(site: Site, page: Page) -> None:
    """Sessions live in Redis: any pod can answer for any other."""
    log_in(page, site)
    site.kubectl.run(
        *("delete", "pods", "--namespace", site.namespace),
        "--selector=app.kubernetes.io/component=web",
    )
    site.kubectl.run(
        "rollout", "status", "deploy/demo-web", "--namespace", site.namespace, "--timeout=120s"
    )
    visit(page, f"{site.url}webclient/", "#dataTree")


def test_kubectl_get_tells_the_truth(site: Site) -> None:
    # The test before ended all web pods: the operator may not have seen yet that they are back.
    site.wait()
    row = site.kubectl.run("get", "omero", "--namespace", site.namespace)
    assert re.search(
        r"^demo\s+True\s+Ready\s+omero-standin:\S+\s+\S+\s+http://omero.localhost", row, re.M
    )


def test_helm_test_passes(kubectl: Kubectl) -> None:
    assert "Succeeded" in helm(kubectl, "test", RELEASE, "--timeout", "2m")


def test_a_job_goes_through_the_queue(site: Site) -> None:
    """The web pod hands a task to Redis, the worker answers."""
    program = (
        "from omero_plugin_common import celery_app, tasks; "
        "print(tasks.ping.delay().get(timeout=30))"
    )
    assert "pong" in site.exec("deploy/demo-web", "python", "-c", program)


def test_the_groups_of_the_specification_come_into_being(site: Site) -> None:
    groups = [{"name": "microscopy", "permissions": "read-annotate"}]
    patch = json.dumps({"spec": {"server": {"groups": groups}}})
    change = ("patch", "omero/demo", "--namespace", site.namespace, "--type=merge")
    site.kubectl.run(*change, f"--patch={patch}")
    # Until then the conditions speak of the specification before it.
    site.wait_observed()
    site.wait()
    assert "microscopy" in site.condition("Bootstrapped")["message"]


@pytest.mark.parametrize("command", [("status",), ("doctor", "--check=redis")])
def test_kubectl_omero_finds_the_site_well(
    site: Site, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    assert _kubectl_omero(site, monkeypatch, *command) == 0


def test_a_plan_by_the_operator_of_the_cluster(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its own account is enough for it, and nothing would change but what is asked for."""
    platform = site.kubectl.get(site.namespace, "omero", site.name)
    file = tmp_path / "platform.json"
    file.write_text(json.dumps(platform))
    assert _kubectl_omero(site, monkeypatch, "plan", "-f", str(file)) == 0
    platform["spec"]["web"]["replicas"] = 3
    file.write_text(json.dumps(platform))
    assert _kubectl_omero(site, monkeypatch, "plan", "-f", str(file)) == 1
    assert "replicas: 3" in capfd.readouterr().out


def _kubectl_omero(site: Site, monkeypatch: pytest.MonkeyPatch, *command: str) -> int:
    monkeypatch.setenv("PATH", path_with_tools())
    where = ("--kubeconfig", str(site.kubectl.config), "--namespace", site.namespace)
    return main([command[0], *where, *command[1:]])

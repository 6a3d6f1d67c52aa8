"""No check is skipped in the pods of a site that has everything: the operator gives what it needs.

The servers of such a site are not here, so that each check fails; a skipped one was never begun.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import pytest

# First: it imports what has to be imported before Glacier2.
from omeroweb_admin_tools.doctor import catalogue  # isort: skip
from omero_operator.desired.plan import desired
from omero_plugin_common import broker, redis_client
from omeroweb_admin_tools.doctor.places import PLACES, at
from omeroweb_admin_tools.doctor.run import run
from operator_builders import EXTERNAL_DATABASE, context, spec, templates

PODS: Final = {
    "web": ("Deployment/demo-web", "omero-web"),
    "worker": ("Deployment/demo-worker", "network-worker"),
    "uploads": ("Deployment/demo-uploads", "import-worker"),
    "exports": ("Deployment/demo-exports", "export-worker"),
}
TOOLS: Final[dict[str, Any]] = {
    "enabled": True,
    "logs": {"stack": "loki", "url": "http://loki.invalid:3100"},
}
WEB: Final[dict[str, Any]] = {
    "publicUrl": "https://images.invalid",
    "plugins": {"adminTools": TOOLS},
}
MONITORING: Final[dict[str, Any]] = {
    "exporters": True,
    "prometheusUrl": "http://prometheus.invalid:9090",
}


def skipped(
    place: str, folder: Path, monkeypatch: pytest.MonkeyPatch, **blocks: Any
) -> dict[str, str]:
    """The checks that a pod of this place skips, and why."""
    objects = desired(context(spec(**{"web": WEB, "monitoring": MONITORING, **blocks})))
    title, name = PODS[place]
    containers = dict(templates(objects))[title]["spec"]["containers"]
    (container,) = (each for each in containers if each["name"] == name)
    for variable in os.environ:
        if variable.startswith(("ADMIN_TOOLS_", "OMERO_", "OMP_", "REDIS_", "JOB_SERVICE_")):
            monkeypatch.delenv(variable)
    for each in container["env"]:
        value = str(each.get("value", "from-a-secret"))
        if each["name"].endswith("_FILE"):
            # As the kubelet puts the key of a Secret there.
            (folder / each["name"]).write_text("a-password")
            value = str(folder / each["name"])
        if each["name"].endswith("_HOST"):
            # A name that nobody has to be asked for.
            value = f"{value}.invalid"
        monkeypatch.setenv(each["name"], value)
    redis_client._client.cache_clear()
    broker.app.cache_clear()
    try:
        results = list(run(at(PLACES[place], catalogue.checks())))
    finally:
        redis_client._client.cache_clear()
        broker.app.cache_clear()
    assert results
    return {
        each.check.name: each.found.words for each in results if each.found.outcome == "skipped"
    }


@pytest.mark.parametrize("place", PODS)
def test_a_site_that_has_everything_skips_nothing(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = skipped(place, tmp_path, monkeypatch)
    # This one was begun, and leaves it to another one to say what it met.
    if place == "web":
        assert "see the check ingress.tcp" in found.pop("ingress.tls")
    assert found == {}


def test_what_others_run_is_asked_as_far_as_an_account_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The role of monitoring is in managed databases alone."""
    found = skipped("worker", tmp_path, monkeypatch, database=EXTERNAL_DATABASE)
    assert list(found) == ["omero-database.sql"]
    assert "through OMERO.server" in found["omero-database.sql"]

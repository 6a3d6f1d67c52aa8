"""The images as they run: nobody is root, nothing can be changed, no compiler is left inside."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from image_build import build
from image_build.catalogue import CATALOGUE
from omero_ci.kubectl import Kubectl
from omero_ci.paths import ROOT
from site_ring.installation import RELEASE, SYSTEM, Site

pytestmark = pytest.mark.timeout(300)

WORKLOADS = {
    "web": "deploy/demo-web",
    "worker": "deploy/demo-worker",
    "uploads": "deploy/demo-uploads",
    "exports": "deploy/demo-exports",
    "server": "statefulset/demo-server",
    "database": "statefulset/demo-db",
    "Redis": "statefulset/demo-redis",
}
LOOK = """
echo "user $(id -u)"
for tool in cc gcc g++ clang c++ make ld as cargo go; do command -v $tool; done
(echo x > /opt/written || echo x > /written) 2>/dev/null && echo written
exit 0
"""


@pytest.mark.parametrize("workload", WORKLOADS)
def test_a_container_has_no_power_over_its_image(site: Site, workload: str) -> None:
    said = site.exec(WORKLOADS[workload], "sh", "-c", LOOK).split()
    assert said[0] == "user" and int(said[1]) > 0
    assert said[2:] == []


def test_neither_has_the_operator(kubectl: Kubectl) -> None:
    operator = f"deploy/{RELEASE}-operator"
    said = kubectl.run("exec", "--namespace", SYSTEM, operator, "--", "sh", "-c", LOOK).split()
    assert said == ["user", "10001"]


def test_the_operators_image_has_its_command(kubectl: Kubectl) -> None:
    """As docs/operations.md has it; what it prints is tested without a cluster."""
    inside = ("exec", "--stdin", "--namespace", SYSTEM, f"deploy/{RELEASE}-operator", "--")
    platform = (ROOT / "manifests/examples/minimal/platform.yaml").read_text()
    planned = kubectl.run(*inside, "omero-operator", "plan", "-", text=platform)
    assert {"StatefulSet", "Deployment", "Ingress"} <= {
        item["kind"] for item in yaml.safe_load_all(planned)
    }


def test_every_image_says_what_it_is(kubectl: Kubectl) -> None:
    """The cluster came up with these archives."""
    shipped = [image for image in CATALOGUE if image.shipped]
    assert len(shipped) == 16
    for image in shipped:
        config = image_config(build.archive(image))
        labels = config["Labels"]
        title = image.arguments.get("PROGRAM", image.name)
        assert labels["org.opencontainers.image.title"] == title
        for key in ("description", "version", "source", "revision", "licenses"):
            assert labels[f"org.opencontainers.image.{key}"], (image.name, key)
        user = config["User"].split(":")
        assert len(user) == 2 and all(int(number) > 0 for number in user), image.name


def image_config(archive: Path) -> dict[str, Any]:
    """The configuration inside a Docker archive (`manifest.json` names its file)."""
    with tarfile.open(archive) as tar:
        manifest = json.loads(read(tar, "manifest.json"))
        found: dict[str, Any] = json.loads(read(tar, manifest[0]["Config"]))["config"]
        return found


def read(tar: tarfile.TarFile, name: str) -> bytes:
    member = tar.extractfile(name)
    assert member is not None, name
    return member.read()

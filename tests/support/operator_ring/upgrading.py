"""What upgrades of sites are made of in this ring: releases, and how a site is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from omero_operator import settings
from omero_operator.identity.kinds import CLAIM, PLATFORM, POD
from omero_operator.identity.labels import COMPONENT, children_of, pods_of
from operator_ring.children import children, secrets
from operator_ring.kube import Kube
from operator_ring.process import OperatorProcess
from operator_ring.site_changes import WEB, SiteChange

OLD = settings.images({}).references
NEW = {
    **{name: f"{image.partition('@')[0]}-next" for name, image in OLD.items()},
    # The version that the played kubelet's Jobs tell of.
    "server": "openmicroscopy/omero-server:5.6.18",
}


def newer(folder: Path, old: Mapping[str, str] = OLD) -> dict[str, str]:
    """Settings of an operator whose release, 0.2.0, follows 0.1.0.

    Args:
        folder: For the file of releases.
        old: The images of 0.1.0.
    """
    file = folder / "releases.yaml"
    file.write_text(yaml.safe_dump({"releases": {"0.1.0": {"images": dict(old)}}}))
    images = {f"IMAGE_{name.upper()}": image for name, image in NEW.items()}
    return {"RELEASE": "0.2.0", "RELEASES_FILE": str(file), **images}


def upgrades(folder: Path) -> SiteChange:
    """From one release to the next, each with the next operator, again and again.

    Their images are one of two sets in turn; those of the databases and Redis are always the same.

    Args:
        folder: For the file of releases.
    """
    file = folder / "releases.yaml"

    def of(number: int) -> dict[str, str]:
        # The version of OMERO.server that the played kubelet's Jobs tell of.
        server = f"{'one' if number % 2 else 'other'}.example.org/omero-server:5.6.18"
        return {**OLD, "server": server, "web": f"example.org/omero-web:1.{number % 2}"}

    def prepare(operator: OperatorProcess, number: int) -> None:
        before = {f"1.{each}.0": {"images": of(each)} for each in range(number)}
        file.write_text(yaml.safe_dump({"releases": before}))
        images = {f"IMAGE_{name.upper()}": image for name, image in of(number).items()}
        operator.configure(RELEASE=f"1.{number}.0", RELEASES_FILE=str(file), **images)

    def make(kube: Kube, namespace: str, name: str, number: int) -> None:
        spec = {"version": f"1.{number + 1}.0", "upgrade": {"backup": "Skip"}}
        kube.merge(PLATFORM, namespace, name, {"spec": spec})

    def arrived(kube: Kube, namespace: str, name: str, number: int) -> bool:
        found = status(kube, namespace, name)
        operation = found.get("operation") or {}
        versions = {found["release"]["version"], operation.get("to")}
        return versions == {f"1.{number + 1}.0"} and operation.get("outcome") == "Done"

    return SiteChange(make, frozenset({"server", "worker"}) | WEB, arrived, prepare=prepare)


def status(kube: Kube, namespace: str, name: str) -> dict[str, Any]:
    """The status of a platform."""
    return dict((kube.get(PLATFORM, namespace, name) or {}).get("status", {}))


def templates(kube: Kube, namespace: str, name: str) -> dict[str, Any]:
    """Pod templates of everything that starts pods, by `Kind name`."""
    return {
        f"{child['kind']} {child['metadata']['name']}": child["spec"]["template"]
        for child in children(kube, namespace, name)
        if "template" in child.get("spec", {})
    }


def images(found: Mapping[str, Any]) -> set[str]:
    """Images of the containers of templates."""
    return {each["image"] for one in found.values() for each in one["spec"]["containers"]}


def held(kube: Kube, namespace: str, name: str) -> dict[str, dict[str, Any]]:
    """What a site has that must outlive an upgrade, or a newer operator.

    Returns:
        `claims` and `pods`: component by uid, Jobs' pods left out; `secrets`: values by name.
    """
    pods = kube.list(POD, namespace, pods_of(name))
    return {
        "claims": _by_uid(kube.list(CLAIM, namespace, children_of(name))),
        "pods": _by_uid([pod for pod in pods if pod["spec"]["restartPolicy"] == "Always"]),
        "secrets": secrets(kube, namespace, name),
    }


def _by_uid(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {item["metadata"]["uid"]: item["metadata"]["labels"][COMPONENT] for item in items}

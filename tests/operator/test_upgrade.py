"""Releases and upgrades on a real API server, with the real controllers and a played kubelet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from omero_operator.identity.kinds import DEPLOYMENT, PLATFORM
from operator_ring import builds
from operator_ring.kube import Kube, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.releases import MakeOperator
from operator_ring.upgrading import NEW, OLD, images, newer, status, templates

# Twenty sites that do not get ready are looked at often.
SECONDS = 300


@pytest.mark.timeout(900)
@pytest.mark.parametrize("count", [3, pytest.param(20, marks=pytest.mark.nightly)])
def test_newer_operator_with_other_builders_changes_no_pod_template(
    kube: Kube, namespace: str, make_operator: MakeOperator, tmp_path: Path, count: int
) -> None:
    sites = [f"site{number}" for number in range(count)]
    operator = make_operator()
    for name in sites:
        kube.platform(namespace, name, {})

    def reason(name: str) -> str:
        conditions = status(kube, namespace, name).get("conditions", [])
        found = [each["reason"] for each in conditions if each["type"] == "Upgrading"]
        return found[0] if found else ""

    wait_until(lambda: {reason(name) for name in sites} == {"UpToDate"}, SECONDS, operator.tail)
    operator.stop()
    before = {name: templates(kube, namespace, name) for name in sites}
    assert all(len(found) > 6 for found in before.values())
    # As in a site from before there was a record.
    kube.merge(PLATFORM, namespace, "site1", {"status": {"release": None}}, "status")

    # Meanwhile somebody adds a field to some pods, and changes one of ours in others.
    added = {"spec": {"template": {"spec": {"schedulerName": "theirs"}}}}
    kube.merge(DEPLOYMENT, namespace, f"{sites[-1]}-worker", added)
    changed = {"spec": {"template": {"spec": {"enableServiceLinks": True}}}}
    kube.merge(DEPLOYMENT, namespace, f"{sites[-1]}-uploads", changed)

    operator = make_operator(source=builds.other_pods(tmp_path / "build"), **newer(tmp_path))
    wait_until(
        lambda: {reason(name) for name in sites} == {"ReleaseAvailable"}, SECONDS, operator.tail
    )
    edited = f"Deployment {sites[-1]}-uploads"

    def kept() -> bool:
        after = {name: templates(kube, namespace, name) for name in sites}
        put_back = after[sites[-1]].pop(edited)["spec"]
        same = after == {name: _without(found, edited) for name, found in before.items()}
        # What it was is not known any more, so these are the pods of the newer operator.
        return same and (put_back["enableServiceLinks"], put_back.get("shareProcessNamespace")) == (
            False,
            True,
        )

    wait_until(kept, SECONDS, operator.tail)

    # An edit of the site changes what it concerns, and its pods are the newer operator's.
    kube.merge(PLATFORM, namespace, "site1", {"spec": {"scheduling": {"nodeSelector": {"a": "b"}}}})

    def shares() -> set[str]:
        found = templates(kube, namespace, "site1").items()
        return {name for name, each in found if each["spec"].get("shareProcessNamespace")}

    wait_until(lambda: len(shares()) > 6, SECONDS, operator.tail)

    # A site that never ran goes to another release at once. Only Redis, which was started, follows
    # the databases, which nothing makes ready here.
    kube.merge(PLATFORM, namespace, "site0", {"spec": {"version": "0.2.0"}})
    wait_until(lambda: reason("site0") == "UpToDate", SECONDS, operator.tail)
    assert images(templates(kube, namespace, "site0")) - set(NEW.values()) == {OLD["redis"]}
    for name in sites[2:]:
        found = templates(kube, namespace, name)
        assert _without(found, edited) == _without(before[name], edited)


def _without(found: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: each for key, each in found.items() if key != name}


@pytest.mark.timeout(300)
def test_upgrade_of_a_running_site(
    kube: Kube,
    namespace: str,
    make_operator: MakeOperator,
    kubelet: PlayedKubelet,
    tmp_path: Path,
) -> None:
    operator = make_operator(**newer(tmp_path))
    kube.platform(namespace, "site", {"version": "0.1.0", "upgrade": {"backup": "Skip"}})
    kube.wait_condition(namespace, "site", "Ready", "True")
    assert images(templates(kube, namespace, "site")) <= set(OLD.values())
    kube.merge(PLATFORM, namespace, "site", {"spec": {"version": "0.2.0"}})

    def done() -> bool:
        operation = status(kube, namespace, "site").get("operation", {})
        return bool(operation.get("outcome") == "Done")

    wait_until(done, SECONDS, operator.tail)
    kube.wait_condition(namespace, "site", "Ready", "True")
    assert status(kube, namespace, "site")["release"]["version"] == "0.2.0"
    assert images(templates(kube, namespace, "site")) <= set(NEW.values())

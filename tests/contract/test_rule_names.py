"""The rules and charts know whose a pod, volume or CronJob is by the name that it gets here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
import yaml

from omero_ci.paths import ROOT
from omero_operator.desired.plan import desired
from omero_operator.identity.kinds import Manifest
from omeroweb_admin_tools.planning.figures import promql
from omeroweb_admin_tools.planning.logs.model import Site
from operator_builders import context, spec

RULES: Final = ROOT / "charts" / "omero-monitoring" / "rules"
# What Kubernetes adds to the name of a workload for those of its pods.
ENDS: Final = {
    "StatefulSet": ("-0", "-12"),
    "Deployment": ("-5d8f7c9b64-x2k9p", "-bc7f-zzzzz"),
    "CronJob": ("-29412345-abcde", "-29412345-retry-abcde"),
    "Job": ("-abcde",),
}


def _site(name: str) -> list[Manifest]:
    """A site with all components; a restore comes before the others."""
    wanted = spec(
        imaris={"storage": {"accessMode": "ReadWriteMany"}, "worker": {"ownPods": True}},
        monitoring={"exporters": True},
        backup={"enabled": True, "claim": "backups"},
        bootstrap={"restoreFrom": {"claim": "backups", "site": "other/old"}},
    )
    return list(desired(context(wanted, name=name, may_start=frozenset({"restore"}))))


def _records() -> dict[str, str]:
    groups = yaml.safe_load((RULES / "recording.yaml").read_text())["groups"]
    return {rule["record"]: rule["expr"] for group in groups for rule in group["rules"]}


def _pattern(expression: str, label: str) -> re.Pattern[str]:
    """Of the `label_replace` that makes `instance` of another label."""
    (found,) = set(re.findall(rf'"instance", "\$1", "{label}",\s*"([^"]+)"', expression))
    return re.compile(str(found))


def _named(objects: list[Manifest], kind: str) -> Iterator[str]:
    return (each["metadata"]["name"] for each in objects if each["kind"] == kind)


@pytest.mark.parametrize("site", ["demo", "demo-web", "a.b-server-0", "x-db"])
def test_a_pod_is_known_to_be_of_its_site(site: str) -> None:
    pattern = _pattern(_records()["omero:pod:info"], "pod")
    objects, seen = _site(site), set()
    for kind, ends in ENDS.items():
        for name in _named(objects, kind):
            seen.add(kind)
            for pod in (f"{name}{end}" for end in ends):
                found = pattern.fullmatch(pod)
                assert found, pod
                # A site may be called like a part of another one; the rules ask which sites exist.
                if site == "demo":
                    assert found[1] == site, pod
    assert seen == set(ENDS)


def test_the_charts_of_the_admin_tools_have_all_pods_and_no_others() -> None:
    query = promql("{pods}", Site("images", "demo"))
    pattern = re.compile(query.strip('"').replace("\\\\", "\\"))
    for site, expected in (("demo", True), ("demo-2", False), ("other", False)):
        objects = _site(site)
        for kind, ends in ENDS.items():
            for name in _named(objects, kind):
                assert bool(pattern.fullmatch(f"{name}{ends[0]}")) is expected, name


def test_claims_and_schedules_are_known_to_be_of_their_site() -> None:
    objects = _site("demo")
    claims: set[str] = set(_named(objects, "PersistentVolumeClaim"))
    assert len(claims) >= 5
    for record in ("omero:volume:available_bytes", "omero:volume:capacity_bytes"):
        pattern = _pattern(_records()[record], "persistentvolumeclaim")
        for claim in claims:
            found = pattern.fullmatch(claim)
            assert found and found[1] == "demo", claim
    care: dict[str, Any] = {
        rule["alert"]: rule["expr"]
        for group in yaml.safe_load((RULES / "kube-state-metrics.yaml").read_text())["groups"]
        for rule in group["rules"]
    }
    schedules: set[str] = set()
    for alert in ("OmeroMaintenanceLate", "OmeroBackupLate"):
        (asked,) = set(re.findall(r'cronjob=~"([^"]+)"', care[alert]))
        of_site = _pattern(care[alert], "cronjob")
        for name in _named(objects, "CronJob"):
            if re.fullmatch(asked, name):
                found = of_site.fullmatch(name)
                assert found and found[1] == "demo", name
                assert name not in schedules, "two alerts of one schedule"
                schedules.add(name)
    assert schedules == set(_named(objects, "CronJob"))

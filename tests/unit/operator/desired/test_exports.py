"""The pods that offer files to Imaris, and those that write them; the volume of both."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.api.v1alpha1.status import ConditionType as Type
from omero_operator.desired import imaris, validation
from omero_operator.desired.plan import desired
from omero_operator.health import conditions
from omero_operator.identity.kinds import DEPLOYMENT, Manifest
from operator_builders import NAMES, by_title, context, observed, running_site, spec, workload

DEPLOYED = "Deployment/demo-exports"
WORKERS = "Deployment/demo-export-worker"
CLAIM = "PersistentVolumeClaim/demo-exports"
SHARED = {"storage": {"accessMode": "ReadWriteMany"}}
APART = {**SHARED, "worker": {"ownPods": True, "replicas": 3, "concurrency": 4}}


def plan(**given: Any) -> dict[str, Manifest]:
    return by_title(desired(context(spec(imaris=given))))


def pod(title: str, **given: Any) -> Manifest:
    found: Manifest = plan(**given)[title]["spec"]["template"]["spec"]
    return found


def containers(title: str, **given: Any) -> dict[str, Manifest]:
    return {container["name"]: container for container in pod(title, **given)["containers"]}


def environment(container: Manifest) -> dict[str, str]:
    return {each["name"]: each.get("value", "") for each in container["env"]}


def claims(found: Manifest) -> list[str]:
    sources = (volume.get("persistentVolumeClaim") for volume in found["volumes"])
    return [source["claimName"] for source in sources if source]


def test_a_pod_offers_and_writes() -> None:
    found = containers(DEPLOYED)
    assert {name: each["args"] for name, each in found.items()} == {
        "exports": ["exports"],
        "export-worker": ["export-worker"],
        "front": ["front"],
    }
    assert environment(found["export-worker"])["EXPORT_WORKER_CONCURRENCY"] == "2"
    assert WORKERS not in plan()
    assert plan()[DEPLOYED]["spec"]["strategy"] == {"type": "Recreate"}


def test_its_front_lets_the_plugin_through_alone_and_as_many_files_as_threads_wait_for() -> None:
    found = containers(DEPLOYED, downloads=7)
    told = environment(found["front"])
    assert (told["FRONT_ONLY"], told["FRONT_STREAMS"]) == (imaris.PATH, "7")
    assert environment(found["exports"])["FRONT_STREAMS"] == "7"


def test_a_worker_may_have_pods_of_its_own_on_the_same_volume() -> None:
    found = plan(**APART)
    assert containers(DEPLOYED, **APART).keys() == {"exports", "front"}
    own = containers(WORKERS, **APART)
    assert own.keys() == {"export-worker"}
    assert environment(own["export-worker"])["EXPORT_WORKER_CONCURRENCY"] == "4"
    assert found[WORKERS]["spec"]["replicas"] == 3
    assert "PodDisruptionBudget/demo-export-worker" in found
    for title in (DEPLOYED, WORKERS):
        assert claims(pod(title, **APART)) == ["demo-exports"]
        assert found[title]["spec"]["strategy"]["type"] == "RollingUpdate"
    assert found[CLAIM]["spec"]["accessModes"] == ["ReadWriteMany"]
    assert "Service/demo-export-worker" not in found


@pytest.mark.parametrize(("title", "given"), [(DEPLOYED, {}), (DEPLOYED, APART), (WORKERS, APART)])
def test_files_are_below_the_volume_of_the_claim(title: str, given: dict[str, Any]) -> None:
    for name, container in containers(title, **given).items():
        mounted = [m["mountPath"] for m in container["volumeMounts"] if m["name"] == "exports"]
        folder = environment(container).get("OMERO_IMS_EXPORT_DIR", "")
        if name == "front":
            assert (mounted, folder) == ([], "")
        else:
            assert folder.startswith(f"{mounted[0]}/")


def test_no_other_pod_has_the_files() -> None:
    for title, manifest in plan(**APART).items():
        template = manifest.get("spec", {}).get("template")
        if template and title not in (DEPLOYED, WORKERS):
            assert "demo-exports" not in claims(template["spec"])


def test_a_claim_that_the_site_has_is_used_and_not_written() -> None:
    given = {"storage": {"accessMode": "ReadWriteMany", "existingClaim": "fast"}}
    apart = {**given, "worker": {"ownPods": True}}
    assert CLAIM not in plan(**apart)
    assert claims(pod(DEPLOYED, **apart)) == claims(pod(WORKERS, **apart)) == ["fast"]


def test_of_a_site_without_the_plugin_nothing_is_there_and_the_condition_says_why() -> None:
    given = spec(web={"plugins": {"imaris": {"enabled": False}}}, imaris=APART)
    assert not [title for title in by_title(desired(context(given))) if "demo-export" in title]
    children = [
        child
        for child in running_site()
        if (child["kind"], child["metadata"]["name"]) != (DEPLOYMENT.name, NAMES.exports)
    ]
    found = conditions.judge(context(given), observed(*children))
    for kind in (Type.EXPORTS, Type.EXPORT_WORKER):
        assert found[kind].message == "spec.web.plugins.imaris.enabled is false"
    assert found[Type.READY].status == "True"


def test_the_worker_s_condition_says_that_it_has_no_pods_or_how_they_are() -> None:
    found = conditions.judge(context(), observed(*running_site()))[Type.EXPORT_WORKER]
    assert (found.status, found.message) == ("True", "spec.imaris.worker.ownPods is false")
    broken = workload(DEPLOYMENT, NAMES.export_worker, 3, ready=1)
    judged = conditions.judge(context(spec(imaris=APART)), observed(*running_site(), broken))
    assert judged[Type.EXPORT_WORKER].status == "False"
    assert judged[Type.READY].status == "False"
    none = spec(imaris={**APART, "worker": {"ownPods": True, "replicas": 0}})
    held = workload(DEPLOYMENT, NAMES.export_worker, 0)
    asleep = conditions.judge(context(none), observed(*running_site(), held))
    assert asleep[Type.EXPORT_WORKER].message == "spec.imaris.worker.replicas is 0"


@pytest.mark.parametrize(
    ("given", "path", "words"),
    [
        ({"memory": "32Mi"}, "memory", "'32Mi' is not between 64Mi and 64Gi"),
        ({"maxBytes": "1k"}, "maxBytes", "'1k' is not between 1Mi and 1Pi"),
        ({"maxImageBytes": "2Pi"}, "maxImageBytes", "'2Pi' is not between 1Mi and 1Pi"),
        (
            {"worker": {"concurrency": 8}},
            "worker.resources.limits.memory",
            "2Gi is too little for 8 exports at the same time with memory 512Mi",
        ),
        (
            {"worker": {"resources": {"limits": {"memory": "256Mi"}}, "concurrency": 1}},
            "worker.resources.limits.memory",
            "256Mi is less than the request 384Mi of size small",
        ),
    ],
)
def test_what_cannot_work_is_rejected(given: dict[str, Any], path: str, words: str) -> None:
    errors = validation.check(PlatformSpec.model_validate({"imaris": given}))
    assert errors[0].path == f"spec.imaris.{path}"
    assert words in errors[0].message


def test_files_of_the_uploads_are_not_those_of_the_exports() -> None:
    storage = {"storage": {"existingClaim": "one"}}
    given = {"web": {"uploads": storage}, "imaris": storage}
    (error,) = validation.check(PlatformSpec.model_validate(given))
    assert error.path == "spec.imaris.storage.existingClaim"

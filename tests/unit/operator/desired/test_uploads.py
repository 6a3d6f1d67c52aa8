"""The pods that receive files: what runs in them, their volume, and who is sent to them."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.api.v1alpha1.status import ConditionType as Type
from omero_operator.desired import upload, validation
from omero_operator.desired.plan import desired
from omero_operator.health import conditions
from omero_operator.identity.kinds import DEPLOYMENT, Manifest
from operator_builders import NAMES, by_title, context, observed, running_site, spec

DEPLOYED = "Deployment/demo-uploads"
CLAIM = "PersistentVolumeClaim/demo-uploads"
SHARED = {"replicas": 3, "storage": {"accessMode": "ReadWriteMany"}}


def plan(**uploads: Any) -> dict[str, Manifest]:
    return by_title(desired(context(spec(web={"uploads": uploads}))))


def containers(**uploads: Any) -> dict[str, Manifest]:
    pod = plan(**uploads)[DEPLOYED]["spec"]["template"]["spec"]
    return {container["name"]: container for container in pod["containers"]}


def environment(container: Manifest) -> dict[str, str]:
    return {each["name"]: each.get("value", "") for each in container["env"]}


def test_a_pod_receives_and_imports() -> None:
    found = containers()
    commands = {name: container["args"] for name, container in found.items()}
    assert commands == {
        "uploads": ["uploads"],
        "import-worker": ["import-worker"],
        "front": ["front"],
    }
    staging = {
        name
        for name, each in found.items()
        if "staging" in {m["name"] for m in each["volumeMounts"]}
    }
    assert staging == {"uploads", "import-worker"}


def test_files_are_below_the_volume_of_the_claim() -> None:
    pod = plan()[DEPLOYED]["spec"]["template"]["spec"]
    claims = {
        v["name"]: v["persistentVolumeClaim"]
        for v in pod["volumes"]
        if len(v) == 2 and "persistentVolumeClaim" in v
    }
    assert claims == {"staging": {"claimName": "demo-uploads"}}
    for container in pod["containers"][:2]:
        (mounted,) = [m["mountPath"] for m in container["volumeMounts"] if m["name"] == "staging"]
        assert environment(container)["OMERO_WEB_UPLOAD_DIR"].startswith(f"{mounted}/")


def test_its_front_lets_the_plugin_through_alone_and_as_many_bodies_as_threads_wait_for() -> None:
    found = containers(streams=7)
    told = environment(found["front"])
    assert (told["FRONT_ONLY"], told["FRONT_STREAMS"]) == (upload.PATH, "7")
    assert environment(found["uploads"])["FRONT_STREAMS"] == "7"
    web = by_title(desired(context()))["Deployment/demo-web"]["spec"]["template"]["spec"]
    assert not {"FRONT_ONLY", "FRONT_STREAMS"} & environment(web["containers"][1]).keys()


def test_containers_share_no_folder_but_those_of_the_files_and_of_the_front() -> None:
    """Each writes a file by which its probes know that it lives."""
    found = containers()
    written = {
        name: {m["name"] for m in each["volumeMounts"] if not m.get("readOnly")}
        for name, each in found.items()
    }
    assert written["uploads"] & written["import-worker"] == {"staging"}
    assert written["uploads"] & written["front"] == {"front"}
    assert not written["front"] & written["import-worker"]


@pytest.mark.parametrize(
    ("imports", "replicas", "each"), [(2, 1, "2"), (2, 2, "1"), (3, 2, "2"), (1, 4, "1")]
)
def test_imports_of_a_site_are_divided_among_its_pods(
    imports: int, replicas: int, each: str
) -> None:
    found = containers(**SHARED | {"replicas": replicas, "imports": imports})
    assert environment(found["import-worker"])["IMPORT_WORKER_CONCURRENCY"] == each


def test_a_volume_of_one_node_is_left_before_the_next_pod_comes() -> None:
    assert plan()[DEPLOYED]["spec"]["strategy"] == {"type": "Recreate"}
    assert plan()[CLAIM]["spec"]["accessModes"] == ["ReadWriteOnce"]
    shared = plan(**SHARED)
    assert shared[DEPLOYED]["spec"]["strategy"]["type"] == "RollingUpdate"
    assert shared[CLAIM]["spec"]["accessModes"] == ["ReadWriteMany"]
    assert shared[DEPLOYED]["spec"]["replicas"] == 3


def test_a_claim_that_the_site_has_is_used_and_not_written() -> None:
    found = plan(storage={"existingClaim": "fast"})
    assert CLAIM not in found
    volumes = found[DEPLOYED]["spec"]["template"]["spec"]["volumes"]
    assert {"claimName": "fast"} in [v.get("persistentVolumeClaim") for v in volumes]


def test_in_place_is_beside_the_server_as_its_user_with_its_paths() -> None:
    given = spec(web={"uploads": {"inPlace": True}})
    found = by_title(desired(context(given)))
    assert CLAIM not in found
    pod, server = (
        found[title]["spec"]["template"]["spec"] for title in (DEPLOYED, "StatefulSet/demo-server")
    )
    assert {"claimName": "demo-server"} in [v.get("persistentVolumeClaim") for v in pod["volumes"]]
    assert pod["securityContext"] == server["securityContext"]
    mounts = {
        container["name"]: {m["mountPath"] for m in container["volumeMounts"]}
        for container in (*pod["containers"], *server["containers"])
    }
    assert "/OMERO" in mounts["uploads"] & mounts["import-worker"] & mounts["omero-server"]
    told = environment(pod["containers"][1])
    assert told["OMERO_WEB_UPLOAD_DIR"] == "/OMERO/uploads"
    (near,) = pod["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    labels = found["StatefulSet/demo-server"]["spec"]["template"]["metadata"]["labels"]
    assert near["labelSelector"]["matchLabels"].items() <= labels.items()
    assert "affinity" not in plan()[DEPLOYED]["spec"]["template"]["spec"]


def test_in_place_on_a_volume_of_all_nodes_pods_are_anywhere() -> None:
    found = plan(**SHARED, inPlace=True)
    assert "affinity" not in found[DEPLOYED]["spec"]["template"]["spec"]


def test_in_place_uses_the_claim_that_the_server_has() -> None:
    given = spec(server={"storage": {"existingClaim": "old"}}, web={"uploads": {"inPlace": True}})
    pod = by_title(desired(context(given)))[DEPLOYED]["spec"]["template"]["spec"]
    assert {"claimName": "old"} in [v.get("persistentVolumeClaim") for v in pod["volumes"]]
    assert validation.check(given) == []


def test_of_a_site_without_the_plugin_nothing_is_there_and_the_condition_says_why() -> None:
    given = spec(web={"plugins": {"upload": {"enabled": False}}})
    assert not [title for title in by_title(desired(context(given))) if title.endswith("-uploads")]
    children = [
        child
        for child in running_site()
        if (child["kind"], child["metadata"]["name"]) != (DEPLOYMENT.name, NAMES.uploads)
    ]
    found = conditions.judge(context(given), observed(*children))
    assert found[Type.UPLOADS].message == "spec.web.plugins.upload.enabled is false"
    assert found[Type.READY].status == "True"


@pytest.mark.parametrize(
    ("uploads", "path", "words"),
    [
        ({"maxBytes": "1k"}, "maxBytes", "'1k' is not between 1Mi and 1Pi"),
        ({"javaHeap": "32Mi"}, "javaHeap", "'32Mi' is not between 64Mi and 64Gi"),
        ({"imports": 8}, "importWorker.resources.limits.memory", "2Gi is too little for 8 imports"),
        (
            {"importWorker": {"resources": {"limits": {"memory": "256Mi"}}}, "javaHeap": "64Mi"},
            "importWorker.resources.limits.memory",
            "256Mi is less than the request 512Mi of size small",
        ),
        (
            {"resources": {"requests": {"memory": "2Gi"}}},
            "resources.requests.memory",
            "2Gi is more than its limit 1Gi",
        ),
    ],
)
def test_what_cannot_work_is_rejected(uploads: dict[str, Any], path: str, words: str) -> None:
    (error,) = validation.check(PlatformSpec.model_validate({"web": {"uploads": uploads}}))
    assert error.path == f"spec.web.uploads.{path}"
    assert words in error.message


@pytest.mark.parametrize("size", ["small", "medium", "large"])
def test_each_size_has_memory_for_its_imports(size: str) -> None:
    assert validation.check(PlatformSpec.model_validate({"size": size})) == []


def test_files_of_the_server_are_not_those_of_the_uploads() -> None:
    storage = {"storage": {"existingClaim": "one"}}
    given = {"server": storage, "web": {"uploads": storage}}
    (error,) = validation.check(PlatformSpec.model_validate(given))
    assert error.path == "spec.web.uploads.storage.existingClaim"

"""Platforms do not touch each other, and nothing touches what belongs to somebody else."""

from __future__ import annotations

from omero_operator.identity.kinds import CONFIG_MAP, PLATFORM, SERVICE
from operator_ring.children import canonical, children, secrets, versions
from operator_ring.kube import SECONDS_TO_COLLECT, SMALL, Kube, Manifest, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import OperatorProcess


def test_two_in_one_namespace(
    kube: Kube, namespace: str, operator: OperatorProcess, kubelet: PlayedKubelet
) -> None:
    for name in ("one", "two"):
        kube.platform(namespace, name, _at(f"{name}.example.org"))
    for name in ("one", "two"):
        kube.wait_condition(namespace, name, "Ready", "True")
    operator.wait_still()
    two = versions(children(kube, namespace, "two"))
    passwords = secrets(kube, namespace, "two")
    assert not set(map(str, passwords.values())) & set(
        map(str, secrets(kube, namespace, "one").values())
    )

    kube.merge(PLATFORM, namespace, "one", {"spec": {"hibernated": True}})
    kube.wait_condition(namespace, "one", "Ready", "False")
    kube.delete(PLATFORM, namespace, "one")
    wait_until(lambda: kube.get(SERVICE, namespace, "one-web") is None, SECONDS_TO_COLLECT)
    assert versions(children(kube, namespace, "two")) == two


def test_a_host_belongs_to_the_older_platform_and_two_share_it_under_two_paths(
    kube: Kube, namespace: str, operator: OperatorProcess
) -> None:
    spec = _at("shared.example.org")
    kube.platform(namespace, "elder", spec)
    for path in ("/lab", "/teaching"):
        kube.platform(namespace, path.strip("/"), _at("paths.example.org", path))
    for name in ("elder", "lab", "teaching"):
        kube.wait_condition(namespace, name, "IngressReady", "True")
    kinds = {child["kind"] for child in children(kube, namespace, "elder")}
    assert {"StatefulSet", "Ingress"} <= kinds, "an Ingress waits for no pod"

    kube.platform(namespace, "younger", spec)
    refused = kube.wait_condition(namespace, "younger", "IngressReady", "False")
    assert refused["reason"] == "HostInUse"
    assert f"{namespace}/elder" in refused["message"]
    assert "shared.example.org" in refused["message"]
    kinds = {child["kind"] for child in children(kube, namespace, "younger")}
    assert "StatefulSet" in kinds and "Ingress" not in kinds

    kube.delete(PLATFORM, namespace, "elder")
    kube.wait_condition(namespace, "younger", "IngressReady", "True")

    # A path below one that is taken is taken as well.
    edit = {"spec": _at("paths.example.org", "/lab/x")}
    kube.merge(PLATFORM, namespace, "younger", edit)
    refused = kube.wait_condition(namespace, "younger", "IngressReady", "False")
    assert f"is used with path '/lab' by '{namespace}/lab'" in refused["message"]


def _at(host: str, path: str = "/") -> Manifest:
    return {"web": {**SMALL["web"], "ingress": {"host": host, "path": path}}}


def test_names_that_run_into_each_other_and_foreign_objects_are_refused(
    kube: Kube, namespace: str, operator: OperatorProcess
) -> None:
    """Platform `a` has a child `a-plugin-db`; so would a platform `a-plugin` have."""
    mine = {"metadata": {"name": "a-web", "namespace": namespace}, "data": {"keep": "me"}}
    kube.create(CONFIG_MAP, mine)
    kube.platform(namespace, "a")
    kube.wait_condition(namespace, "a", "Ready", "False")
    wait_until(lambda: kube.get(SERVICE, namespace, "a-plugin-db"))
    before = canonical(children(kube, namespace, "a"))
    kube.platform(namespace, "a-plugin")
    refused = kube.wait_condition(namespace, "a-plugin", "DatabaseReady", "False")
    assert refused["reason"] == "NameTaken"
    assert "a-plugin-db" in refused["message"] and "platform 'a'" in refused["message"]
    assert canonical(children(kube, namespace, "a")) == before
    _foreign_object_is_left_alone(kube, namespace)


def _foreign_object_is_left_alone(kube: Kube, namespace: str) -> None:
    refused = kube.wait_condition(namespace, "a", "WebReady", "False")
    assert refused["reason"] == "NameTaken" and "ConfigMap 'a-web'" in refused["message"]
    found = kube.get(CONFIG_MAP, namespace, "a-web") or {}
    assert found["data"] == {"keep": "me"} and "labels" not in found["metadata"]

    kube.delete(CONFIG_MAP, namespace, "a-web")

    def ours() -> bool:
        return "labels" in (kube.get(CONFIG_MAP, namespace, "a-web") or {}).get("metadata", {})

    wait_until(ours)

"""Platforms do not touch each other, and nothing touches what belongs to somebody else."""

from __future__ import annotations

from omero_operator.identity.kinds import CONFIG_MAP, PLATFORM, SERVICE
from operator_ring.children import canonical, children, secrets, versions
from operator_ring.kube import SECONDS_TO_COLLECT, Kube, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import OperatorProcess


def test_two_in_one_namespace(
    kube: Kube, namespace: str, operator: OperatorProcess, kubelet: PlayedKubelet
) -> None:
    for name in ("one", "two"):
        kube.platform(namespace, name, {"web": {"ingress": {"host": f"{name}.example.org"}}})
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


def test_a_host_belongs_to_the_older_platform(
    kube: Kube, namespace: str, operator: OperatorProcess
) -> None:
    spec = {"web": {"ingress": {"host": "shared.example.org"}}}
    kube.platform(namespace, "elder", spec)
    kube.wait_condition(namespace, "elder", "IngressReady", "True")
    kube.platform(namespace, "younger", spec)
    refused = kube.wait_condition(namespace, "younger", "IngressReady", "False")
    assert refused["reason"] == "HostInUse"
    assert f"{namespace}/elder" in refused["message"]
    assert "shared.example.org" in refused["message"]
    kinds = {child["kind"] for child in children(kube, namespace, "younger")}
    assert "StatefulSet" in kinds and "Ingress" not in kinds

    kube.delete(PLATFORM, namespace, "elder")
    kube.wait_condition(namespace, "younger", "IngressReady", "True")


def test_two_sites_share_a_host_under_two_paths(
    kube: Kube, namespace: str, operator: OperatorProcess
) -> None:
    for path in ("/lab", "/teaching"):
        ingress = {"host": "paths.example.org", "path": path}
        kube.platform(namespace, path.strip("/"), {"web": {"ingress": ingress}})
    for name in ("lab", "teaching"):
        kube.wait_condition(namespace, name, "IngressReady", "True")
    kube.platform(
        namespace, "below", {"web": {"ingress": {"host": "paths.example.org", "path": "/lab/x"}}}
    )
    refused = kube.wait_condition(namespace, "below", "IngressReady", "False")
    assert f"is used with path '/lab' by '{namespace}/lab'" in refused["message"]


def test_names_that_run_into_each_other_are_refused(
    kube: Kube, namespace: str, operator: OperatorProcess
) -> None:
    """Platform `a` has a child `a-plugin-db`; so would a platform `a-plugin` have."""
    kube.platform(namespace, "a")
    kube.wait_condition(namespace, "a", "Ready", "False")
    wait_until(lambda: kube.get(SERVICE, namespace, "a-plugin-db"))
    before = canonical(children(kube, namespace, "a"))
    kube.platform(namespace, "a-plugin")
    refused = kube.wait_condition(namespace, "a-plugin", "DatabaseReady", "False")
    assert refused["reason"] == "NameTaken"
    assert "a-plugin-db" in refused["message"] and "platform 'a'" in refused["message"]
    assert canonical(children(kube, namespace, "a")) == before


def test_a_foreign_object_of_a_childs_name_is_left_alone(
    kube: Kube, namespace: str, operator: OperatorProcess
) -> None:
    mine = {"metadata": {"name": "site-web", "namespace": namespace}, "data": {"keep": "me"}}
    kube.create(CONFIG_MAP, mine)
    kube.platform(namespace, "site")
    refused = kube.wait_condition(namespace, "site", "WebReady", "False")
    assert refused["reason"] == "NameTaken" and "ConfigMap 'site-web'" in refused["message"]
    found = kube.get(CONFIG_MAP, namespace, "site-web") or {}
    assert found["data"] == {"keep": "me"} and "labels" not in found["metadata"]

    kube.delete(CONFIG_MAP, namespace, "site-web")

    def ours() -> bool:
        return "labels" in (kube.get(CONFIG_MAP, namespace, "site-web") or {}).get("metadata", {})

    wait_until(ours)

"""Removing things: the operator's release and the platform leave the data where it is."""

from __future__ import annotations

import pytest

from omero_ci.kubectl import Kubectl
from omero_operator.identity.labels import FINALIZER
from site_ring.installation import RELEASE, Site, all_of, component_of, create_site, helm

pytestmark = pytest.mark.timeout(900)

CLAIMS = {"demo-server", "demo-db", "demo-plugin-db", "demo-uploads", "demo-exports"}


def claims(kubectl: Kubectl, namespace: str) -> set[str]:
    return {claim["metadata"]["name"] for claim in all_of(kubectl, "pvc", namespace)}


@pytest.fixture(scope="module")
def held(kubectl: Kubectl) -> Site:
    """A site that is to take its data along, so that its deletion waits for the operator."""
    spec = {"deletionPolicy": "Delete", "hibernated": True}
    made = create_site(kubectl, "short-lived", "held", spec, url="")
    has_finalizer = f"--for=jsonpath={{.metadata.finalizers[0]}}={FINALIZER}"
    kubectl.run("wait", "--namespace", made.namespace, has_finalizer, "omero/held")
    return made


def test_helm_uninstall_leaves_the_sites_running_and_their_data(
    kubectl: Kubectl, site: Site, held: Site
) -> None:
    said = helm(kubectl, "uninstall", RELEASE, "--wait")
    assert "kept" in said and "omeroplatforms.platform.omero.dev" in said
    assert claims(kubectl, site.namespace) == CLAIMS
    pods = all_of(kubectl, "pods", site.namespace)
    running = {component_of(pod) for pod in pods}
    assert {"server", "web", "worker", "database"} <= running
    volumes = site.kubectl.get(site.namespace, "omero", site.name)["status"]["dataVolumes"]
    assert {volume["claim"] for volume in volumes} == CLAIMS


def test_after_the_uninstall_no_platform_waits_for_the_operator(
    kubectl: Kubectl, held: Site
) -> None:
    """The chart's hook has let go of it, with its own rights, and they are gone as well."""
    metadata = kubectl.get(held.namespace, "omero", held.name)["metadata"]
    assert "finalizers" not in metadata
    kubectl.run("delete", "omero", held.name, "--namespace", held.namespace, "--timeout=30s")
    kinds = "jobs,serviceaccounts,clusterroles,clusterrolebindings"
    left = kubectl.run("get", kinds, "--selector=app.kubernetes.io/component=uninstall", "-A")
    assert left == ""


def test_without_an_operator_a_platform_is_deleted_all_the_same(
    kubectl: Kubectl, site: Site
) -> None:
    kubectl.run("delete", "omero", site.name, "--namespace", site.namespace, "--timeout=30s")
    kubectl.run(
        *("wait", "--namespace", site.namespace, "--for=delete", "--timeout=120s"),
        *("statefulset/demo-server", "deployment/demo-web"),
    )
    # A namespace that still held a pod that ends would be looked at again after half of the time
    # that the pod has for it: five minutes for OMERO.server.
    kubectl.run(
        *("wait", "--namespace", site.namespace, "--for=delete", "--timeout=120s"),
        *("pods", "--selector=app.kubernetes.io/component"),
    )
    assert claims(kubectl, site.namespace) == CLAIMS


def test_the_namespace_goes_with_everything(kubectl: Kubectl, site: Site) -> None:
    kubectl.run("delete", "namespace", site.namespace, "--timeout=180s")
    left = {each["metadata"]["name"] for each in all_of(kubectl, "namespaces", site.namespace)}
    assert "kube-system" in left and site.namespace not in left
    assert not claims(kubectl, site.namespace)

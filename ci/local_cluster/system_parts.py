"""The system's pods: DNS, volumes, metrics, ingress."""

from __future__ import annotations

import base64
import string
from pathlib import Path
from typing import Any

from tools.common.errors import Refusal
from tools.common.report import Stopwatch, line

from . import containers
from .free_places import name_servers
from .images import system_images
from .kubectl import get, has_condition, kubectl
from .settings import Settings
from .waiting import wait_until

MANIFESTS = Path(__file__).resolve().parent / "manifests"

# The parts, in the order in which others need them: the namespace and name of each deployment.
DEPLOYMENTS = {
    "coredns": ("kube-system", "coredns"),
    "local-path-provisioner": ("local-path-storage", "local-path-provisioner"),
    "metrics-server": ("kube-system", "metrics-server"),
    "traefik": ("traefik", "traefik"),
}


def render(part: str, values: dict[str, str]) -> str:
    """Return a part's manifests with its values in the places of ``${name}``.

    Args:
        part: The part.
        values: The values by name; one that the manifests lack does no harm.
    """
    text = (MANIFESTS / f"{part}.yaml").read_text(encoding="utf-8")
    return string.Template(text).substitute(values)


def metrics_server_values(folder: Path) -> dict[str, str]:
    """Return what the API server and the metrics server know each other by.

    Args:
        folder: The folder with the certificate and its authority's.
    """
    files = {
        "authority": "ca.crt",
        "certificate": "metrics-server.crt",
        "key": "metrics-server.key",
    }
    return {
        f"metrics_server_{what}": base64.b64encode((folder / name).read_bytes()).decode()
        for what, name in files.items()
    }


def values(settings: Settings) -> dict[str, str]:
    """Return the values that differ from one cluster to the next."""
    servers = " ".join(name_servers())
    images = {
        f"{name.replace('-', '_')}_image": image.reference
        for name, image in system_images().items()
    }
    return (
        images
        | metrics_server_values(settings.pki)
        | {
            "dns_address": settings.dns_address,
            "forward": f"forward . {servers}"
            if servers
            else "# This machine knows no name server.",
            "volumes": str(settings.folder / "volumes"),
            "ingress_address": "127.0.0.1",
            "http_port": str(settings.http_port),
            "https_port": str(settings.https_port),
            "health_port": str(settings.ports["ingress-health"]),
        }
    )


def ensure_images(settings: Settings) -> None:
    """Load the system's images that the node does not have yet."""
    present = containers.loaded(settings)
    for image in system_images().values():
        if image.reference not in present:
            containers.load_composed(settings, image)


def ensure(settings: Settings) -> None:
    """Apply the system's manifests and wait until all of its pods are ready."""
    watch = Stopwatch()
    (settings.folder / "volumes").mkdir(exist_ok=True)
    settled = values(settings)
    text = "\n---\n".join(render(part, settled) for part in DEPLOYMENTS)
    kubectl(
        settings,
        *("apply", "--server-side", "--force-conflicts", "--field-manager=local-cluster"),
        *("--filename", "-"),
        stdin=text,
    )
    for part in DEPLOYMENTS:
        wait_until(
            lambda part=part: is_ready(settings, part),  # type: ignore[misc]
            120,
            lambda why, part=part: (
                f"{part} does not become ready: {why}; see "  # type: ignore[misc]
                f"ci/cluster logs {part} --name {settings.name}"
            ),
            pause=0.3,
        )
    wait_until(
        lambda: metrics_served(settings),
        60,
        lambda why: f"the metrics API does not answer: {why}; see ci/cluster logs metrics-server",
        pause=0.3,
    )
    line("system pods", str(watch), ", ".join(DEPLOYMENTS))


def deployment(settings: Settings, part: str) -> dict[str, Any] | None:
    """Return a part's deployment, or nothing when it is not there."""
    namespace, name = DEPLOYMENTS[part]
    try:
        return get(settings, "deployment", name, "--namespace", namespace)
    except Refusal:
        return None


def is_ready(settings: Settings, part: str) -> bool:
    """Tell whether all of a part's pods are ready, and are the ones last asked for."""
    found = deployment(settings, part)
    if found is None:
        return False
    status = found.get("status", {})
    current = status.get("observedGeneration") == found["metadata"]["generation"]
    wanted = found["spec"]["replicas"]
    return bool(
        current
        and status.get("updatedReplicas") == wanted
        and status.get("readyReplicas") == wanted
        and status.get("replicas") == wanted
    )


def metrics_served(settings: Settings) -> bool:
    """Tell whether the API server can reach the metrics API."""
    try:
        return has_condition(get(settings, "apiservice", "v1beta1.metrics.k8s.io"), "Available")
    except Refusal:
        return False

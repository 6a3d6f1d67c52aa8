"""The addons, which are pods: DNS, volumes, metrics, ingress."""

from __future__ import annotations

import base64
import string
from collections.abc import Callable
from functools import partial
from pathlib import Path

from omero_ci.kubectl import has_condition
from tools.common.errors import CommandError
from tools.common.wait import wait_until

from . import images
from .networks import name_servers
from .settings import Settings

MANIFESTS = Path(__file__).resolve().parent / "manifests"

# In the order in which others need them: the namespace and name of each deployment.
ADDONS = {
    "coredns": ("kube-system", "coredns"),
    "local-path-provisioner": ("local-path-storage", "local-path-provisioner"),
    "metrics-server": ("kube-system", "metrics-server"),
    "traefik": ("traefik", "traefik"),
}


def render(addon: str, values: dict[str, str]) -> str:
    """Return an addon's manifests with its values in the places of ``${name}``.

    Args:
        addon: Its name.
        values: The values by name; one that the manifests lack does no harm.
    """
    text = (MANIFESTS / f"{addon}.yaml").read_text(encoding="utf-8")
    return string.Template(text).substitute(values)


def values(settings: Settings) -> dict[str, str]:
    """Return the values that differ from one cluster to the next."""
    servers = " ".join(name_servers())
    found = {"image": images.reference()}
    # What the API server and the metrics server know each other by.
    pairs = {
        "authority": "ca.crt",
        "certificate": "metrics-server.crt",
        "key": "metrics-server.key",
    }
    for what, file in pairs.items():
        content = (settings.pki / file).read_bytes()
        found[f"metrics_server_{what}"] = base64.b64encode(content).decode()
    return found | {
        "dns_address": settings.dns_address,
        "forward": f"forward . {servers}" if servers else "# This machine knows no name server.",
        "volumes": str(settings.folder / "volumes"),
        "ingress_address": "127.0.0.1",
        "http_port": str(settings.http_port),
        "https_port": str(settings.https_port),
        "health_port": str(settings.ports["ingress-health"]),
    }


def ensure(settings: Settings) -> None:
    """Apply the manifests and wait until all pods are ready.

    Raises:
        CommandError: An addon is not ready in time; with the command that shows its log.
    """
    (settings.folder / "volumes").mkdir(exist_ok=True)
    settled = values(settings)
    settings.kubectl.run(
        *("apply", "--server-side", "--force-conflicts", "--field-manager=local-cluster"),
        *("--filename", "-"),
        text="\n---\n".join(render(addon, settled) for addon in ADDONS),
    )
    for addon in ADDONS:
        _wait(settings, addon, partial(is_ready, settings, addon), 120)
    _wait(settings, "metrics-server", partial(metrics_served, settings), 60)


def _wait(settings: Settings, addon: str, ready: Callable[[], bool], seconds: float) -> None:
    """Wait for an addon."""
    wait_until(
        ready,
        seconds,
        lambda why: (
            f"{addon} does not become ready: {why}; see "
            f"ci/cluster logs {addon} --name {settings.name}"
        ),
        pause=0.3,
    )


def is_ready(settings: Settings, addon: str) -> bool:
    """Tell whether all of an addon's pods are ready, and are the ones last asked for."""
    namespace, name = ADDONS[addon]
    try:
        found = settings.kubectl.get(namespace, "deployment", name)
    except CommandError:
        return False
    status = found.get("status", {})
    current = status.get("observedGeneration") == found["metadata"]["generation"]
    counts = {status.get(name) for name in ("replicas", "readyReplicas", "updatedReplicas")}
    return bool(current and counts == {found["spec"]["replicas"]})


def metrics_served(settings: Settings) -> bool:
    """Tell whether the API server can reach the metrics API."""
    try:
        found = settings.kubectl.get(None, "apiservice", "v1beta1.metrics.k8s.io")
    except CommandError:
        return False
    return has_condition(found, "Available")

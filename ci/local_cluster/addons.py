"""The addons, which are pods: DNS, volumes, metrics, ingress."""

from __future__ import annotations

import base64
import string
from pathlib import Path

from tools.common.errors import CommandError

from . import images
from .health import wait_with_kubectl
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
        wait_with_kubectl(settings, *_rollout(addon), seconds=120, log=addon)
    available = ("wait", "--for=condition=Available", "apiservice/v1beta1.metrics.k8s.io")
    wait_with_kubectl(settings, *available, seconds=60, log="metrics-server")


def _rollout(addon: str) -> tuple[str, ...]:
    """Return the words for kubectl that wait until the pods last asked for are all ready."""
    namespace, name = ADDONS[addon]
    return ("rollout", "status", f"deployment/{name}", "--namespace", namespace)


def is_ready(settings: Settings, addon: str) -> bool:
    """Tell whether all of an addon's pods are ready, and are the ones last asked for."""
    try:
        settings.kubectl.run(*_rollout(addon), "--timeout=1s")
    except CommandError:
        return False
    return True

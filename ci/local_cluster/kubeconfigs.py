"""Kubeconfig files: how each part, and the administrator, reach the API server."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from tools.common.paths import write_whole

from .settings import Settings


def render(settings: Settings, certificate: str, server: str) -> str:
    """Return a kubeconfig with everything in it, so that the file may be copied.

    Args:
        settings: The cluster.
        certificate: The name of the certificate that its holder shows.
        server: The API server's address.
    """
    name = settings.name
    user = {
        "client-certificate-data": _encoded(settings.pki / f"{certificate}.crt"),
        "client-key-data": _encoded(settings.pki / f"{certificate}.key"),
    }
    cluster = {
        "server": server,
        "certificate-authority-data": _encoded(settings.pki / "ca.crt"),
    }
    context = {"cluster": name, "user": certificate}
    # JSON is YAML, too, and needs no library.
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "clusters": [{"name": name, "cluster": cluster}],
            "users": [{"name": certificate, "user": user}],
            "contexts": [{"name": name, "context": context}],
        },
        indent=1,
    )


def _encoded(path: Path) -> str:
    """Return a file's content as kubeconfigs hold it."""
    return base64.b64encode(path.read_bytes()).decode()


def ensure_kubeconfigs(settings: Settings) -> None:
    """Write the kubeconfigs of the administrator and of every part."""
    # Parts speak to the address that the API server listens on, so that none of them depends
    # on the packet filter that leads the loopback there.
    direct = f"https://{settings.api_bind_address}:{settings.ports['api-server']}"
    _write(settings.kubeconfig, render(settings, "admin", settings.server))
    for part in ("controller-manager", "scheduler", "kubelet", "kube-proxy"):
        _write(part_kubeconfig(settings, part), render(settings, part, direct))


def part_kubeconfig(settings: Settings, part: str) -> Path:
    """Return where the kubeconfig of a part is."""
    return settings.folder / "config" / f"{part}.kubeconfig"


def _write(path: Path, text: str) -> None:
    """Write a file that only its owner may read, unless it says so already."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_whole(path, text, mode=0o600)

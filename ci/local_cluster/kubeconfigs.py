"""Kubeconfig files: how each component, and the administrator, reach the API server."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from tools.common.paths import write_whole

from .settings import Settings

COMPONENTS = ("controller-manager", "scheduler", "kubelet", "kube-proxy")


def ensure_kubeconfigs(settings: Settings) -> None:
    """Write the kubeconfigs of the administrator and of every component."""
    # Components speak to the address that the API server listens on, so that none of them
    # depends on the packet filter that leads the loopback there.
    direct = f"https://{settings.api_bind_address}:{settings.ports['api-server']}"
    _write(settings, settings.kubeconfig, "admin", settings.server)
    for component in COMPONENTS:
        _write(settings, settings.kubeconfig_of(component), component, direct)


def _write(settings: Settings, path: Path, user: str, server: str) -> None:
    """Write a kubeconfig with everything in it, so that the file may be copied."""

    def encoded(name: str) -> str:
        return base64.b64encode((settings.pki / name).read_bytes()).decode()

    name = settings.name
    cluster = {"server": server, "certificate-authority-data": encoded("ca.crt")}
    keys = {
        "client-certificate-data": encoded(f"{user}.crt"),
        "client-key-data": encoded(f"{user}.key"),
    }
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": user, "user": keys}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": user}}],
    }
    # JSON is YAML, too.
    write_whole(path, json.dumps(content, indent=1), mode=0o600)

"""Speaking to the cluster, and to no other one."""

from __future__ import annotations

import json
from typing import Any

from tools.common.commands import output_of
from tools.common.paths import bin_folder

from .settings import Settings


def kubectl(settings: Settings, *arguments: str, stdin: str | None = None) -> str:
    """Run kubectl with the cluster's own kubeconfig and return what it prints."""
    program = bin_folder() / "kubectl"
    return output_of([program, f"--kubeconfig={settings.kubeconfig}", *arguments], stdin)


def get(settings: Settings, *arguments: str) -> dict[str, Any]:
    """Return what ``kubectl get`` knows of something."""
    found: dict[str, Any] = json.loads(kubectl(settings, "get", "-o", "json", *arguments))
    return found


def has_condition(item: dict[str, Any], kind: str) -> bool:
    """Tell whether an object has a condition that is true."""
    conditions = item.get("status", {}).get("conditions", [])
    return any(found["type"] == kind and found["status"] == "True" for found in conditions)

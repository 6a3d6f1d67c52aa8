"""Helm values that name the local images."""

from __future__ import annotations

import json
from pathlib import Path

from image_build.build import REGISTRY, folder, tag
from image_build.catalogue import BY_NAME, ROLES


def write() -> Path:
    """Write `values.yaml` beside the archives. JSON is YAML, and needs no library."""
    images: dict[str, object] = {
        role: {"repository": f"{REGISTRY}/{name}", "tag": tag(BY_NAME[name]), "digest": ""}
        for role, name in ROLES.items()
    }
    values = {"global": {"images": {"registry": "", "pullPolicy": "IfNotPresent", **images}}}
    target = folder() / "values.yaml"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    return target

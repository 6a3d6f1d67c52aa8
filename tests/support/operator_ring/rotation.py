"""Asks for new passwords as a person does, with labels and annotations."""

from __future__ import annotations

from typing import Any

from omero_operator.identity.kinds import SECRET
from omero_operator.identity.labels import ROTATABLE, ROTATE, children_of
from operator_ring.kube import Kube


def rotatable(kube: Kube, namespace: str, platform: str) -> set[str]:
    """Names of the Secrets that say that their values can be new."""
    selector = f"{children_of(platform)},{ROTATABLE}=true"
    return {item["metadata"]["name"] for item in kube.list(SECRET, namespace, selector)}


def rotate(kube: Kube, namespace: str, platform: str, word: str = "2026-11-30") -> None:
    """Ask for new values of all of them."""
    for name in rotatable(kube, namespace, platform):
        kube.merge(SECRET, namespace, name, {"metadata": {"annotations": {ROTATE: word}}})


def rotated(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """Names of the Secrets whose values differ."""
    return {name for name in after if after[name] != before[name]}

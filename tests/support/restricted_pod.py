"""Pods of the tests in a namespace with the restricted profile of Pod Security.

The profile: https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
"""

from __future__ import annotations

from typing import Any, Final

# The security context of each container.
RESTRICTED: Final[dict[str, Any]] = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def restricted_pod(name: str, image: str, **metadata: Any) -> dict[str, Any]:
    """A pod with one container."""
    container = {"name": name, "image": image, "securityContext": {**RESTRICTED, "runAsUser": 1000}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, **metadata},
        "spec": {"containers": [container]},
    }

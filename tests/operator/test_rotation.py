"""New passwords by one annotation: each once, and all that use them follow in their order."""

from __future__ import annotations

from typing import Any

from omero_operator.identity.kinds import DEPLOYMENT, STATEFUL_SET
from omero_operator.state import rollout
from operator_ring.children import secrets
from operator_ring.kube import Manifest, wait_until
from operator_ring.rotation import rotatable, rotate, rotated
from operator_ring.shared_site import NAME, SharedSite


def test_all_at_once_and_each_word_once(shared: SharedSite) -> None:
    kube, namespace = shared.kube, shared.namespace
    before = secrets(kube, namespace, NAME)
    pods = {name: _workload(shared, name)["spec"]["template"] for name in _USERS}
    names = rotatable(kube, namespace, NAME)
    assert {"site-db-credentials", "site-redis-credentials"} <= names
    # Root's password is in OMERO's database, and plugins' keys have encrypted what users stored.
    assert not names & {"site-root-credentials", "site-plugin-keys"}

    rotate(kube, namespace, NAME)
    # Pods with the old passwords go, one component after the other.
    wait_until(lambda: _restarted_in_order(shared, pods) == pods.keys())
    assert rotated(before, secrets(kube, namespace, NAME)) == names
    after = secrets(kube, namespace, NAME)
    shared.wait_ready()

    shared.wait_for_a_whole_pass()
    rotate(kube, namespace, NAME)
    shared.wait_for_a_whole_pass()
    assert secrets(kube, namespace, NAME) == after, "the same word again"


# All that use one of the passwords, in the order of their restarts; web and uploads are the last.
_USERS = ("db", "plugin-db", "redis", "server", "web", "worker", "uploads", "exports")
_BEFORE = {"redis": ("db", "plugin-db"), "server": ("redis",)}
_BEFORE |= dict.fromkeys(("web", "worker", "uploads", "exports"), ("server",))


def _restarted_in_order(shared: SharedSite, pods: dict[str, Any]) -> set[str]:
    """Which workloads have other pods than before; what each had to wait for has arrived.

    The last are looked at first: what they waited for can only have gone on meanwhile.
    """
    seen = {name: _workload(shared, name) for name in reversed(_USERS)}
    changed = {name for name, item in seen.items() if item["spec"]["template"] != pods[name]}
    for name in changed:
        for earlier in _BEFORE.get(name, ()):
            assert earlier in changed, f"{name} restarted before {earlier}"
            assert rollout.complete(seen[earlier]), f"{name} did not wait for {earlier}"
    return changed


def _workload(shared: SharedSite, name: str) -> Manifest:
    kind = STATEFUL_SET if name in ("db", "plugin-db", "redis", "server") else DEPLOYMENT
    return shared.kube.get(kind, shared.namespace, f"{NAME}-{name}") or {}

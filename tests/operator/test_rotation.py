"""New passwords by one annotation: each once, and all that use them follow."""

from __future__ import annotations

from omero_operator.identity.kinds import DEPLOYMENT
from operator_ring.children import secrets
from operator_ring.kube import wait_until
from operator_ring.rotation import rotatable, rotate, rotated
from operator_ring.shared_site import NAME, SharedSite


def test_all_at_once_and_each_word_once(shared: SharedSite) -> None:
    kube, namespace = shared.kube, shared.namespace
    before = secrets(kube, namespace, NAME)
    pods = _template(shared)
    names = rotatable(kube, namespace, NAME)
    assert {"site-db-credentials", "site-redis-credentials"} <= names
    # Root's password is in OMERO's database, and plugins' keys have encrypted what users stored.
    assert not names & {"site-root-credentials", "site-plugin-keys"}

    rotate(kube, namespace, NAME)
    wait_until(lambda: rotated(before, secrets(kube, namespace, NAME)) == names)
    after = secrets(kube, namespace, NAME)
    # Pods with the old passwords go.
    wait_until(lambda: _template(shared) != pods)
    shared.wait_ready()

    shared.wait_for_a_whole_pass()
    rotate(kube, namespace, NAME)
    shared.wait_for_a_whole_pass()
    assert secrets(kube, namespace, NAME) == after, "the same word again"


def _template(shared: SharedSite) -> object:
    web = shared.kube.get(DEPLOYMENT, shared.namespace, f"{NAME}-web") or {}
    return web["spec"]["template"]

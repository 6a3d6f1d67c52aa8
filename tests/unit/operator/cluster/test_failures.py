"""A refusal as a failure: the API server's own words, and what to do where that is known."""

from __future__ import annotations

import json

import pytest

from omero_operator.cluster.errors import RefusedError, from_answer
from omero_operator.cluster.failures import refused

ROWS: dict[str, tuple[int, str, str, str]] = {
    "missing right": (
        403,
        'claims is forbidden: User "op" cannot patch resource "claims" in API group ""',
        "Forbidden",
        "upgrade the operator's chart or add the verb 'patch' for PersistentVolumeClaim",
    ),
    "token": (401, "Unauthorized", "Forbidden", "refuses to patch"),
    "quota": (403, "exceeded quota: few", "Rejected", "refuses to patch"),
    "class without expansion": (
        403,
        "the storageclass that provisions the pvc must support resize",
        "Rejected",
        "refuses to patch",
    ),
    "namespace that ends": (
        403,
        "unable to create new content in namespace lab because it is being terminated",
        "NamespaceTerminating",
        "the namespace is being deleted, and this site with it",
    ),
    "unknown kind": (404, "the server could not find the requested resource", "Rejected", ""),
    "invalid": (422, "spec.resources: Forbidden: is immutable", "Rejected", "refuses to patch"),
}


@pytest.mark.parametrize(("status", "words", "reason", "also"), ROWS.values(), ids=ROWS.keys())
def test_refusal(status: int, words: str, reason: str, also: str) -> None:
    body = json.dumps({"message": words}).encode()
    error = from_answer("patch", "PersistentVolumeClaim", "lab/demo-db", status, body)
    assert isinstance(error, RefusedError)
    failure = refused("database", error)
    assert (failure.component, failure.reason) == ("database", reason)
    assert "PersistentVolumeClaim lab/demo-db" in failure.message
    assert words in failure.message
    assert also in failure.message
    assert ("role" in failure.message) == (reason == "Forbidden" and status == 403)

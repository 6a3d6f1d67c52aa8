"""Definitions of others as they are committed: one version, no texts, nothing else lost."""

from __future__ import annotations

from typing import Any

from omero_ci.published_kinds import reduce

FIELDS: dict[str, Any] = {
    "description": {"type": "string", "description": "A field of this name."},
    "port": {"type": "integer", "x-kubernetes-validations": [{"rule": "self > 0"}]},
}
DEFINITION: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {
        "name": "things.example.org",
        "annotations": {"api-approved.kubernetes.io": "yes", "else": "no"},
        "creationTimestamp": None,
    },
    "spec": {
        "group": "example.org",
        "names": {"kind": "Thing", "plural": "things"},
        "scope": "Namespaced",
        "conversion": {"strategy": "Webhook"},
        "versions": [
            {"name": "v1", "schema": {"openAPIV3Schema": {}}},
            {
                "name": "v2",
                "served": False,
                "schema": {"openAPIV3Schema": {"description": "x", "properties": FIELDS}},
                "additionalPrinterColumns": [],
            },
        ],
    },
}


def test_one_version_is_left_without_texts() -> None:
    found = reduce(DEFINITION, "v2")
    assert found["metadata"]["annotations"] == {"api-approved.kubernetes.io": "yes"}
    assert "conversion" not in found["spec"]
    (version,) = found["spec"]["versions"]
    assert (version["name"], version["served"], version["storage"]) == ("v2", True, True)
    fields = version["schema"]["openAPIV3Schema"]
    assert fields == {
        "properties": {
            "description": {"type": "string"},
            "port": {"type": "integer", "x-kubernetes-validations": [{"rule": "self > 0"}]},
        }
    }

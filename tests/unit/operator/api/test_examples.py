"""The examples people start from fit the models, and two of them leave nothing out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from omero_operator.api import crd
from omero_operator.api.v1alpha1 import rules
from omero_operator.api.v1alpha1.omeroplatform import API_VERSION, KIND, PlatformSpec
from operator_builders import EXAMPLES

SPEC: dict[str, Any] = crd.definition()["spec"]["versions"][0]["schema"]["openAPIV3Schema"][
    "properties"
]["spec"]

# Fields that `everything` cannot set, because another one that it sets excludes them.
EXCLUDED = {
    "server.storage.existingClaim": "excludes storageClassName, which is set",
    "database.storage.existingClaim": "excludes storageClassName, which is set",
    "database.external": "needs mode external; pluginDatabase shows it",
    "pluginDatabase.storage.storageClassName": "an external database has no volume",
    "pluginDatabase.storage.existingClaim": "an external database has no volume",
    "imaris.storage.existingClaim": "excludes storageClassName, which is set",
    "web.uploads.storage.existingClaim": "excludes storageClassName, which is set",
    "backup.claim": "excludes s3, which is set",
    "bootstrap.restoreFrom.s3": "excludes claim, which is set",
    "pluginDatabase.cloudNativePG": "the same as in database; needs another mode",
    "redis.external.host": "excludes sentinel, which is set",
    "web.ingress.tls.clusterIssuer": "excludes secretName, which is set",
    "web.ingress.tls.issuer": "excludes secretName, which is set",
}


def example(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((EXAMPLES / name / "platform.yaml").read_text())
    return document


def missing(schema: dict[str, Any], values: list[Any], path: str = "") -> Iterator[str]:
    """Fields of a schema that none of the values sets."""
    for name, inner in schema.get("properties", {}).items():
        here = f"{path}.{name}".strip(".")
        found = [value[name] for value in values if name in value]
        if not found:
            yield here
        elif inner["type"] == "object":
            yield from missing(inner, found, here)
        elif inner["type"] == "array":
            yield from missing(inner["items"], [item for one in found for item in one], here)


@pytest.mark.parametrize("name", ["minimal", "everything", "scale"])
def test_example_can_be_carried_out(name: str) -> None:
    document = example(name)
    assert (document["apiVersion"], document["kind"]) == (API_VERSION, KIND)
    assert rules.check(PlatformSpec.model_validate(document["spec"])) == []


def test_everything_and_scale_set_every_field() -> None:
    """A new field comes with a line that shows it, or a reason above why it cannot stand there."""
    assert (
        set(missing(SPEC, [example(name)["spec"] for name in ("everything", "scale")]))
        == EXCLUDED.keys()
    )

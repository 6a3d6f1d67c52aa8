"""A real API server, with the published definitions, takes what the operator writes for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from omero_operator.identity.kinds import CHILD_KINDS, Kind
from operator_builders import ROOT
from operator_ring.kube import Kube, wait_until
from published_kinds import definition, kinds

DEFINITION = Kind(
    "apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions"
)
GOLDEN = ROOT / "tests" / "unit" / "operator" / "desired" / "golden" / "scale.yaml"

pytestmark = pytest.mark.nightly


@pytest.fixture(scope="module")
def defined(kube: Kube) -> Iterator[Kube]:
    """The API server with the definitions of all published kinds."""
    for kind in kinds():
        kube.apply(definition(kind), DEFINITION.plural)
    names = [definition(kind)["metadata"]["name"] for kind in kinds()]

    def established() -> bool:
        found = [kube.get(DEFINITION, None, name) or {} for name in names]
        return all(
            any(
                (each["type"], each["status"]) == ("Established", "True")
                for each in one.get("status", {}).get("conditions", [])
            )
            for one in found
        )

    wait_until(established)
    yield kube
    for name in names:
        kube.delete(DEFINITION, None, name)


def test_every_object_of_the_example_is_taken(defined: Kube, namespace: str) -> None:
    """Their rules in CEL, too."""
    plurals = {kind.name: kind.plural for kind in CHILD_KINDS}
    written = [
        each for each in yaml.safe_load_all(GOLDEN.read_text()) if each["kind"] in set(kinds())
    ]
    assert {each["kind"] for each in written} <= set(kinds())
    assert len(written) >= 2
    for manifest in written:
        metadata = {**manifest["metadata"], "namespace": namespace}
        defined.apply({**manifest, "metadata": metadata}, plurals[manifest["kind"]])

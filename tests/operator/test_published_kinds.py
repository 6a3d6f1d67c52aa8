"""A real API server, with the published definitions, takes what the operator writes for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from omero_operator.identity.kinds import CHILD_KINDS
from operator_builders import ROOT
from operator_ring.kube import Kube
from operator_ring.snapshot_controller import DEFINITION, define
from operator_ring.snapshot_controller import KINDS as SNAPSHOTS
from published_kinds import definition, kinds

GOLDEN = ROOT / "tests" / "unit" / "operator" / "desired" / "golden" / "scale.yaml"

pytestmark = pytest.mark.nightly


# Those of snapshots stay for `test_volume_snapshots`, which runs beside this file.
OTHERS = sorted(set(kinds()) - {kind.name for kind in SNAPSHOTS})


@pytest.fixture(scope="module")
def defined(kube: Kube) -> Iterator[Kube]:
    """The API server with the definitions of all kinds that the operator writes."""
    define(kube, *OTHERS)
    yield kube
    for kind in OTHERS:
        kube.delete(DEFINITION, None, definition(kind)["metadata"]["name"])


def test_every_object_of_the_example_is_taken(defined: Kube, namespace: str) -> None:
    """Their rules in CEL, too."""
    plurals = {kind.name: kind.plural for kind in CHILD_KINDS}
    written = [
        each for each in yaml.safe_load_all(GOLDEN.read_text()) if each["kind"] in set(OTHERS)
    ]
    assert {each["kind"] for each in written} <= set(OTHERS)
    assert len(written) >= 2
    for manifest in written:
        metadata = {**manifest["metadata"], "namespace": namespace}
        defined.apply({**manifest, "metadata": metadata}, plurals[manifest["kind"]])

"""What the operator writes for kinds of others has the form that their projects publish."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from omero_operator.identity.kinds import (
    CHILD_KINDS,
    VOLUME_GROUP_SNAPSHOT,
    VOLUME_SNAPSHOT,
    Kind,
)
from published_kinds import complaints, definition, kinds

# The last two are written by the pods of backups.
OPTIONAL = [
    *(kind for kind in CHILD_KINDS if kind.optional),
    VOLUME_SNAPSHOT,
    VOLUME_GROUP_SNAPSHOT,
]
GOLDEN = Path(__file__).parent / "golden" / "scale.yaml"


def test_every_kind_that_a_cluster_may_lack_has_its_definition() -> None:
    assert {kind.name for kind in OPTIONAL} <= set(kinds())


def test_objects_of_the_example_have_the_published_form() -> None:
    manifests = [each for each in yaml.safe_load_all(GOLDEN.read_text()) if each["kind"] in kinds()]
    assert manifests
    found = {each["kind"]: complaints(each) for each in manifests}
    assert not any(found.values()), found


@pytest.mark.parametrize("kind", OPTIONAL, ids=lambda kind: kind.name)
def test_definition_is_of_the_version_that_the_operator_writes(kind: Kind) -> None:
    own = definition(kind.name)["spec"]
    (version,) = own["versions"]
    assert (own["group"], version["name"]) == (kind.group, kind.version)
    assert (own["names"]["kind"], own["names"]["plural"]) == (kind.name, kind.plural)

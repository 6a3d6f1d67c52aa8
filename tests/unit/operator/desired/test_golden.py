"""All manifests of the minimal example as one file, for people who review a change of builders."""

from __future__ import annotations

import os
from pathlib import Path

import yaml

from omero_operator.desired.plan import desired
from omero_operator.settings import read
from operator_builders import EXAMPLES, context, spec

GOLDEN = Path(__file__).parent / "golden" / "minimal.yaml"
UPDATE = "UPDATE_GOLDEN"


def rendered() -> str:
    example = yaml.safe_load((EXAMPLES / "minimal" / "platform.yaml").read_text())
    given = spec(**example["spec"])
    images = read({"OPERATOR_NAMESPACE": "omero-system"}).images
    ctx = context(given, name=example["metadata"]["name"], images=images)
    return yaml.safe_dump_all(desired(ctx), sort_keys=False, width=100, allow_unicode=True)


def test_manifests_of_the_minimal_example_are_those_that_were_reviewed() -> None:
    found = rendered()
    if os.environ.get(UPDATE):
        GOLDEN.write_text(found)
    assert GOLDEN.read_text() == found, (
        f"the operator writes other manifests than {GOLDEN.name} says. If that is what you meant, "
        f"run `{UPDATE}=1 .venv/bin/python -m pytest tests/unit/operator/desired`, "
        "look at `git diff`, and commit the file with your change."
    )

"""The whole chart as two files, for people who review a change of it: the least and everything."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from omero_ci.charts import OPERATOR_CHART

GOLDEN = Path(__file__).parent / "golden"
UPDATE = "UPDATE_GOLDEN"

Rendered = Callable[..., list[dict[str, Any]]]


class _Dumper(yaml.SafeDumper):
    """Writes scripts line by line, as people read them."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _without_schema(manifest: dict[str, Any]) -> dict[str, Any]:
    """The CRD without what `make crd` writes into it: other tests compare that."""
    if manifest["kind"] != "CustomResourceDefinition":
        return manifest
    return {**manifest, "spec": f"({OPERATOR_CHART.name}/files/crds/omeroplatforms.yaml)"}


@pytest.mark.parametrize("name", ["minimal", "everything"])
def test_manifests_of_the_chart_are_those_that_were_reviewed(rendered: Rendered, name: str) -> None:
    values = OPERATOR_CHART / "ci" / f"{name}-values.yaml"
    manifests = [_without_schema(one) for one in rendered("--values", str(values))]
    found = yaml.dump_all(manifests, Dumper=_Dumper, sort_keys=False, width=100, allow_unicode=True)
    golden = GOLDEN / f"{name}.yaml"
    if os.environ.get(UPDATE):
        golden.write_text(found)
    assert golden.read_text() == found, (
        f"the chart makes other manifests than golden/{golden.name} says. If that is what you "
        f"meant, run `{UPDATE}=1 ci/test charts`, look at `git diff`, and commit the file with "
        "your change."
    )

"""values.yaml, values.schema.json and the everything file know the same keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from omero_ci.charts import CHARTS, OPERATOR_CHART
from omero_ci.paths import ROOT

# A user's own keys go below these, so the schema names none.
FREE = {
    "pod.annotations",
    "pod.labels",
    "pod.nodeSelector",
    "pod.affinity",
    "resources",
    "serviceAccount.annotations",
}


def _keys(values: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in values.items():
        path = f"{prefix}{key}"
        yield path
        if isinstance(value, dict) and path not in FREE:
            yield from _keys(value, f"{path}.")


def _schema_keys(schema: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for key, part in schema.get("properties", {}).items():
        yield f"{prefix}{key}"
        yield from _schema_keys(part, f"{prefix}{key}.")


def _values(path: str = "values.yaml") -> dict[str, Any]:
    values: dict[str, Any] = yaml.safe_load((OPERATOR_CHART / path).read_text())
    return values


def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((OPERATOR_CHART / "values.schema.json").read_text())
    return schema


def test_schema_and_defaults_have_the_same_keys() -> None:
    assert set(_schema_keys(_schema())) == set(_keys(_values()))


def test_everything_file_sets_every_key() -> None:
    assert set(_keys(_values("ci/everything-values.yaml"))) == set(_keys(_values()))


def test_everything_file_changes_every_default() -> None:
    """A value that equals its default would show nothing when it is rendered."""

    def leaves(values: dict[str, Any]) -> dict[str, Any]:
        paths = dict.fromkeys(_keys(values), values)
        for path in paths:
            node: Any = values
            for key in path.split("."):
                node = node[key]
            paths[path] = node
        return {path: node for path, node in paths.items() if not isinstance(node, dict)}

    default, everything = leaves(_values()), leaves(_values("ci/everything-values.yaml"))
    # One image keeps its tag only, and repositories stay what they are: the registry moves them.
    # The network policy and the hook of an uninstall stay on: without them there is nothing to see.
    same = {path for path, value in default.items() if everything.get(path) == value}
    assert {path for path in same if not path.endswith(".repository")} == {
        "global.images.postgres.digest",
        "networkPolicy.enabled",
        "uninstall.releaseFinalizers",
    }


@pytest.mark.parametrize("chart", CHARTS, ids=lambda path: path.name)
def test_objects_of_ours_refuse_unknown_keys(chart: Any) -> None:
    def objects(schema: dict[str, Any], path: str) -> Iterator[str]:
        if "properties" in schema and schema.get("additionalProperties") is not False:
            yield path
        for key, part in schema.get("properties", {}).items():
            yield from objects(part, f"{path}.{key}")

    schema = json.loads((chart / "values.schema.json").read_text())
    open_objects = set(objects(schema, ""))
    # Helm puts other charts' globals beside ours; the umbrella's own schema closes them.
    assert open_objects == (set() if chart == ROOT else {".global"})


def test_umbrella_allows_each_subchart_and_repeats_its_defaults_faithfully() -> None:
    umbrella = yaml.safe_load((ROOT / "values.yaml").read_text())
    dependencies = yaml.safe_load((ROOT / "Chart.yaml").read_text())["dependencies"]
    schema = json.loads((ROOT / "values.schema.json").read_text())
    assert set(schema["properties"]) == {"global", *(entry["name"] for entry in dependencies)}
    default = _values()
    for key, value in umbrella["global"]["images"].items():
        assert default["global"]["images"][key] == value
    for key, value in umbrella["omero-operator"].items():
        assert default[key] == value


def test_umbrella_shows_what_most_installations_set() -> None:
    umbrella = yaml.safe_load((ROOT / "values.yaml").read_text())
    assert set(umbrella["global"]["images"]) == {"registry", "pullPolicy", "pullSecrets"}
    assert set(umbrella["omero-operator"]) == {"scope", "watchNamespaces"}

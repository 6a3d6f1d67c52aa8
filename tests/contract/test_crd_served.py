"""A real API server takes the definition that the chart ships, and the resources to start from.

Its rules for definitions (structural schema, defaults that fit, cost of CEL) are written nowhere
else, so no check of files finds what it refuses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import yaml

from bare_api_server import bare_api_server, error_of
from omero_ci.charts import OPERATOR_CHART
from omero_ci.paths import ROOT
from omero_operator.api.v1alpha1.omeroplatform import KIND, PlatformSpec
from omero_operator.api.v1alpha1.status import PlatformStatus
from omero_operator.api.v1alpha1.written_status import as_written
from omero_operator.identity.kinds import PLATFORM
from tools.common.wait import wait_until

DEFINITION = OPERATOR_CHART / "files" / "crds" / "omeroplatforms.yaml"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
EXAMPLES = ROOT / "manifests" / "examples"


def platforms() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every OmeroPlatform of the examples."""
    for file in sorted(EXAMPLES.rglob("*.yaml")):
        for document in yaml.safe_load_all(file.read_text("utf-8")):
            if document and document["kind"] == KIND:
                yield str(file.relative_to(ROOT)), document


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """One that serves platforms."""
    with bare_api_server(tmp_path_factory.mktemp("api-server")) as client:
        definition = yaml.safe_load(DEFINITION.read_text("utf-8"))
        assert error_of(client.post(DEFINITIONS, json=definition)) == ""
        name = definition["metadata"]["name"]

        def served() -> bool:
            found = client.get(f"{DEFINITIONS}/{name}").json().get("status", {})
            told = {each["type"]: each["status"] for each in found.get("conditions") or ()}
            # What it stored all the same and warns of, such as a schema that is not structural.
            assert told.get("NonStructuralSchema") != "True", found
            return told.get("Established") == "True" and client.get(_path("default")).is_success

        wait_until(served, 30, lambda why: f"platforms are not served: {why}")
        yield client


def _path(namespace: str, name: str = "") -> str:
    return PLATFORM.path(namespace, name) if name else PLATFORM.path(namespace)


def test_the_examples_are_created(api: httpx.Client) -> None:
    """With `kubectl`'s own strictness: no field that the schema does not have."""
    given = list(platforms())
    assert len(given) >= 3
    for number, (file, platform) in enumerate(given):
        body = {**platform, "metadata": {"name": f"site-{number}"}}
        answer = api.post(_path("default") + "?fieldValidation=Strict", json=body)
        assert error_of(answer) == "", file
        spec = answer.json()["spec"]
        # What the API server filled in is what the operator would take for it without one.
        assert PlatformSpec.model_validate(spec) == PlatformSpec.model_validate(
            platform.get("spec", {})
        ), file


def test_a_new_platform_has_the_status_of_the_models(api: httpx.Client) -> None:
    body = {"apiVersion": PLATFORM.api_version, "kind": KIND, "metadata": {"name": "new"}}
    answer = api.post(_path("default"), json=body)
    assert error_of(answer) == ""
    assert answer.json()["status"] == as_written(PlatformStatus().model_dump(by_alias=True))

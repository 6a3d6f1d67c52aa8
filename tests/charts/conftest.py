"""Rendered manifests, as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from omero_ci.charts import OPERATOR_CHART, render

Manifest = dict[str, Any]


@pytest.fixture(scope="session")
def rendered() -> Callable[..., list[Manifest]]:
    """`rendered("--set", "scope=namespaced")`: the operator chart's manifests, once each."""
    seen: dict[tuple[object, ...], list[Manifest]] = {}

    def manifests(*options: str, chart: Any = OPERATOR_CHART) -> list[Manifest]:
        key = (chart, *options)
        if key not in seen:
            # The loader in C takes a sixth of the time.
            documents = yaml.load_all(render(chart, *options), yaml.CSafeLoader)
            seen[key] = [one for one in documents if one]
        return seen[key]

    return manifests


@pytest.fixture(scope="session")
def everything() -> tuple[str, str]:
    """Helm's options for the file that sets every value."""
    return ("--values", str(OPERATOR_CHART / "ci" / "everything-values.yaml"))

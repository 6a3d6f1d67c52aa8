"""The CRD that the chart installs: complete, kept on uninstall, and left out when asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml

from omero_ci.charts import OPERATOR_CHART

Rendered = Callable[..., list[dict[str, Any]]]


def _crds(manifests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in manifests if one["kind"] == "CustomResourceDefinition"]


def test_crd_is_the_generated_one(rendered: Rendered) -> None:
    """Helm reads numbers as floats: what it writes must still be the same schema."""
    (crd,) = _crds(rendered())
    file = yaml.safe_load((OPERATOR_CHART / "files" / "crds" / "omeroplatforms.yaml").read_text())
    assert crd["spec"] == file["spec"]
    assert crd["metadata"]["name"] == "omeroplatforms.platform.omero.dev"


def test_crd_survives_an_uninstall(rendered: Rendered) -> None:
    (crd,) = _crds(rendered())
    assert crd["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def test_crd_can_be_left_to_an_administrator(rendered: Rendered) -> None:
    assert _crds(rendered("--set", "crds.create=false")) == []

"""Alerts that need a part are rendered with it, and those about a part only where it runs here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
import yaml

from omero_ci.charts import MONITORING_CHART

Rendered = Callable[..., list[dict[str, Any]]]
# The value that switches a part off → the alerts that go with it.
OF_PARTS: Final = {
    "kubeStateMetrics.enabled": {
        *("OmeroMaintenanceLate", "OmeroBackupLate", "OmeroRestartLoop", "OmeroContainerStuck"),
        "OmeroKubeStateMetricsDown",
    },
    "nodeExporter.enabled": {
        *("OmeroNodeDiskAlmostFull", "OmeroNodeDiskFull", "OmeroNodeExporterDown"),
    },
    "prometheus.kubelet.enabled": {
        *("OmeroVolumeAlmostFull", "OmeroVolumeFull", "OmeroVolumeFillsUp"),
    },
    "blackbox.enabled": {
        *("OmeroLoginPageFails", "OmeroSiteUnreachable", "OmeroPortFails", "OmeroProbeFails"),
        "OmeroProbesUnknown",
    },
    "logs.enabled": {"OmeroLogStoreDown", "OmeroLogCollectorDown"},
}
# About parts that an existing stack has under other names, if at all.
OWN: Final = {
    *("OmeroKubeStateMetricsDown", "OmeroNodeExporterDown", "OmeroProbesUnknown"),
    *("OmeroLogStoreDown", "OmeroLogCollectorDown"),
}


def _names(groups: list[dict[str, Any]]) -> set[str]:
    return {rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule}


@pytest.fixture
def alerts(rendered: Rendered) -> Callable[[str], set[str]]:
    """The alerts that the chart renders with these values."""

    def names(values: str) -> set[str]:
        found: set[str] = set()
        for each in rendered("--set", values, chart=MONITORING_CHART):
            if each["kind"] == "PrometheusRule":
                found |= _names(each["spec"]["groups"])
            elif each["metadata"]["name"] == "omero-platform-prometheus-rules":
                for text in each["data"].values():
                    found |= _names(yaml.safe_load(text)["groups"])
        return found

    return names


def test_with_all_parts_all_alerts_are_there(alerts: Callable[[str], set[str]]) -> None:
    written = set()
    for path in (MONITORING_CHART / "rules").glob("*.yaml"):
        written |= _names(yaml.safe_load(path.read_text())["groups"])
    assert alerts("enabled=true") == written
    assert set().union(*OF_PARTS.values()) < written


@pytest.mark.parametrize("value", OF_PARTS)
def test_without_a_part_its_alerts_are_not_there(
    alerts: Callable[[str], set[str]], value: str
) -> None:
    assert alerts("enabled=true") - alerts(f"{value}=false") == OF_PARTS[value]


def test_an_existing_stack_gets_all_but_those_about_our_own_parts(
    alerts: Callable[[str], set[str]],
) -> None:
    # The switches of parts that do not run here change nothing.
    off = ",".join(f"{value}=false" for value in OF_PARTS)
    assert alerts("mode=external") == alerts(f"mode=external,{off}")
    assert alerts("enabled=true") - alerts("mode=external") == OWN

"""What the programs of the monitoring chart read is YAML, whatever the values are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from omero_ci.charts import MONITORING_CHART


@pytest.mark.parametrize("values", ["minimal", "stack"])
def test_files_of_configmaps_can_be_read(
    rendered: Callable[..., list[dict[str, Any]]], values: str
) -> None:
    options = ("--values", str(MONITORING_CHART / "ci" / f"{values}-values.yaml"))
    read = {
        name: yaml.safe_load(text)
        for manifest in rendered(*options, chart=MONITORING_CHART)
        if manifest["kind"] == "ConfigMap"
        for name, text in manifest["data"].items()
        if name.endswith((".yml", ".yaml"))
    }
    assert {"prometheus.yml", "alertmanager.yml", "blackbox.yml"} <= read.keys()
    jobs = {job["job_name"] for job in read["prometheus.yml"]["scrape_configs"]}
    assert {"probe-login-page", "probe-omero", "omero-platform"} <= jobs

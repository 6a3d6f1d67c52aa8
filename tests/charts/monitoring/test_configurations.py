"""What the programs of the monitoring chart read is accepted by them, whatever the values are."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import yaml

from free_ports import free_port
from omero_ci.charts import MONITORING_CHART, values_files
from omero_ci.paths import environment_with_tools
from tools.common.paths import bin_folder
from tools.common.wait import wait_until

Rendered = Callable[..., list[dict[str, Any]]]


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


def _files(rendered: Rendered, values: list[str]) -> dict[str, str]:
    """The files in ConfigMaps, by their names."""
    return {
        name: text
        for manifest in rendered(*values, chart=MONITORING_CHART)
        if manifest["kind"] == "ConfigMap"
        for name, text in manifest["data"].items()
    }


EACH: Final = [each for each in values_files(MONITORING_CHART) if "external" not in str(each)]
ON: Final = ("--set", "mode=stack,prometheus.enabled=true,blackbox.enabled=true")


def _name(values: list[str]) -> str:
    return Path(values[-1]).stem if values else "default"


def _accepted(command: list[str]) -> None:
    environment = environment_with_tools() | {"POD_IP": "127.0.0.1", "NODE_NAME": "node-1"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("values", EACH, ids=_name)
def test_prometheus_starts_with_its_file(
    rendered: Rendered, values: list[str], tmp_path: Path
) -> None:
    """The program that is pinned; there is no cluster here in which it could find anything."""
    (tmp_path / "prometheus.yml").write_text(_files(rendered, [*values, *ON])["prometheus.yml"])
    port, log = free_port(), tmp_path / "log"
    command = [str(bin_folder() / "prometheus"), f"--config.file={tmp_path / 'prometheus.yml'}"]
    command += [f"--storage.tsdb.path={tmp_path / 'data'}"]
    command += [f"--web.listen-address=127.0.0.1:{port}"]

    def ready() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/-/ready", trust_env=False).is_success
        except httpx.TransportError:
            return False

    with log.open("w") as told:
        program = subprocess.Popen(command, stdout=told, stderr=told)
    try:

        def failed() -> str | None:
            return None if program.poll() is None else "it has ended"

        wait_until(ready, 30, lambda why: f"{why}: {log.read_text()}", failed=failed)
    finally:
        program.kill()
        program.wait()


@pytest.mark.parametrize("values", EACH, ids=_name)
def test_the_blackbox_exporter_accepts_its_file(
    rendered: Rendered, values: list[str], tmp_path: Path
) -> None:
    """Debian's, which is older than the pinned one."""
    path = tmp_path / "blackbox.yml"
    path.write_text(_files(rendered, [*values, *ON])["blackbox.yml"])
    _accepted(["prometheus-blackbox-exporter", f"--config.file={path}", "--config.check"])


@pytest.mark.parametrize("values", ["enabled=true", "namespaces={lab},logs.timeZone=Europe/Zurich"])
def test_the_collector_accepts_its_file(rendered: Rendered, values: str, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(_files(rendered, ["--set", values])["config.yaml"])
    _accepted([str(bin_folder() / "otelcol"), "validate", f"--config={path}"])

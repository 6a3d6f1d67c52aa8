"""The charts of this repository and the values they are checked with."""

from __future__ import annotations

from pathlib import Path

from omero_ci.paths import ROOT, environment_with_tools
from tools.common.commands import output_of
from tools.installer.go_tools import GO_TOOLS

OPERATOR_CHART = ROOT / "charts" / "omero-operator"
MONITORING_CHART = ROOT / "charts" / "omero-monitoring"
CHARTS = (ROOT, OPERATOR_CHART, MONITORING_CHART)


def values_files(chart: Path) -> list[list[str]]:
    """Helm's options for each values file: the defaults, the minimal and the everything file.

    The umbrella takes the other charts' files under their own keys, so it has only its defaults.
    """
    files = sorted((chart / "ci").glob("*-values.yaml")) if chart != ROOT else []
    return [[], *(["--values", str(file)] for file in files)]


def kubernetes_version() -> str:
    """The version of Kubernetes that is built here; without a cluster Helm has to be told one."""
    return next(tool.version for tool in GO_TOOLS if tool.name == "kubernetes")


def render(chart: Path, *options: str, release: str = "omero-platform") -> str:
    """`helm template` of a chart in the namespace omero-system.

    Raises:
        CommandError: Helm refused; its message is the text.
    """
    command = ["helm", "template", release, str(chart), "--namespace", "omero-system"]
    command += ["--kube-version", kubernetes_version(), *options]
    return output_of(command, environment=environment_with_tools(), folder=ROOT)

"""The Go programs: which there are and how each is told its own version."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

TOOLS_FOLDER = Path(__file__).resolve().parent.parent

_KUBERNETES_VERSION_PACKAGES = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")


@dataclass(frozen=True)
class GoTool:
    """One pinned Go module from which one or more programs are built.

    Attributes:
        name: The tool's name, and the folder of its ``go.mod`` unless it is pinned with others.
        module: The module whose version is the tool's version.
        version_variables: Go variables that take the version when linking, for the programs
            that otherwise call themselves something else.
        pinned_in: The folder of the ``go.mod`` that it shares with other tools: what they have in
            common is of one version there, and compiled once.
        renamed: Programs whose name differs from what Go would call them.
        nightly: Whether only the nightly tests need it, so that others need not wait for it.
        tags: Build tags: what its source offers to leave out.
    """

    name: str
    module: str
    version_variables: tuple[str, ...] = ()
    pinned_in: str = ""
    renamed: dict[str, str] = field(default_factory=dict)
    nightly: bool = False
    tags: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Return the folder with the tool's ``go.mod``."""
        return TOOLS_FOLDER / (self.pinned_in or self.name)

    @property
    def version(self) -> str:
        """Return the version that ``go.mod`` pins."""
        text = (self.folder / "go.mod").read_text(encoding="utf-8")
        found = re.search(rf"^\s*(?:require )?{re.escape(self.module)} (v\S+)", text, re.MULTILINE)
        if found is None:
            raise ValueError(f"{self.folder / 'go.mod'} does not require {self.module}")
        return found.group(1)

    @property
    def packages(self) -> list[str]:
        """Return the packages that ``go.mod`` names as tools and that no other tool here builds."""
        text = (self.folder / "go.mod").read_text(encoding="utf-8")
        single = re.findall(r"^tool (?!\()(\S+)", text, re.MULTILINE)
        block = re.search(r"^tool \(\n(.*?)^\)", text, re.MULTILINE | re.DOTALL)
        named = single + (block.group(1).split() if block else [])
        if self.pinned_in:
            return [one for one in named if _program_name(one) == self.name]
        guests = {tool.name for tool in GO_TOOLS if tool.pinned_in == self.name}
        return [one for one in named if _program_name(one) not in guests]

    @property
    def programs(self) -> dict[str, str]:
        """Return the programs: the name that Go gives each, and the name we want."""
        names = [_program_name(package) for package in self.packages]
        return {name: self.renamed.get(name, name) for name in names}

    @property
    def link_flags(self) -> str:
        """Return the linker's flags: no debug tables, and the program's own version."""
        words = ["-s", "-w"]
        words += [f"-X {variable}={self.version}" for variable in self.version_variables]
        if self.name == "kubernetes":
            major, minor, _ = self.version.removeprefix("v").split(".")
            for package in _KUBERNETES_VERSION_PACKAGES:
                words += [f"-X {package}.gitMajor={major}", f"-X {package}.gitMinor={minor}"]
        return " ".join(words)


def _program_name(package: str) -> str:
    """Return what Go calls a package's program: its last part that is no major version."""
    parts = package.split("/")
    return parts[-2] if re.fullmatch(r"v\d+", parts[-1]) else parts[-1]


# In the order in which others wait for them: first what a control plane needs.
GO_TOOLS = (
    GoTool(
        "kubernetes",
        "k8s.io/kubernetes",
        tuple(f"{package}.gitVersion" for package in _KUBERNETES_VERSION_PACKAGES),
    ),
    GoTool("etcd", "go.etcd.io/etcd/server/v3", renamed={"server": "etcd"}),
    GoTool(
        "helm",
        "helm.sh/helm/v3",
        ("helm.sh/helm/v3/internal/version.version",),
        pinned_in="kubernetes-clients",
    ),
    GoTool("coredns", "github.com/coredns/coredns", pinned_in="kubernetes-clients"),
    GoTool(
        "local-path-provisioner",
        "github.com/rancher/local-path-provisioner",
        ("main.VERSION",),
        pinned_in="kubernetes-clients",
    ),
    GoTool(
        "metrics-server",
        "sigs.k8s.io/metrics-server",
        # Not component-base's, as for Kubernetes: a server derives from that one which API
        # versions it offers.
        ("k8s.io/client-go/pkg/version.gitVersion",),
        pinned_in="kubernetes-clients",
    ),
    GoTool(
        "traefik",
        "github.com/traefik/traefik/v3",
        ("github.com/traefik/traefik/v3/pkg/version.Version",),
    ),
    GoTool("kubeconform", "github.com/yannh/kubeconform", ("main.version",)),
    # For charts/omero-monitoring. Debian's Prometheus cannot find pods: it was built without the
    # client of Kubernetes. This one finds nothing else, since each of the twenty clouds that
    # Prometheus knows brings a library of its own.
    GoTool(
        "prometheus",
        "github.com/prometheus/prometheus",
        ("github.com/prometheus/common/version.Version",),
        pinned_in="kubernetes-clients",
        tags=("remove_all_sd", "enable_kubernetes_sd"),
    ),
    GoTool(
        "victoria-logs",
        "github.com/VictoriaMetrics/VictoriaLogs",
        ("github.com/VictoriaMetrics/VictoriaMetrics/lib/buildinfo.Version",),
    ),
    GoTool(
        "otelcol",
        "go.opentelemetry.io/collector/otelcol",
        ("main.version",),
        pinned_in="kubernetes-clients",
    ),
    # Not with the others of monitoring: it does not compile with their client of Kubernetes.
    GoTool(
        "kube-state-metrics",
        "k8s.io/kube-state-metrics/v2",
        ("github.com/prometheus/common/version.Version",),
        pinned_in="kubernetes",
    ),
    # What the upload plugin is compared with, by tests and a benchmark.
    GoTool("tusd", "github.com/tus/tusd/v2"),
    # The S3 server that backups go to in tests.
    GoTool("versitygw", "github.com/versity/versitygw", nightly=True),
)

"""What one local cluster is: its name, folders, addresses and ports."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from omero_ci.kubectl import Kubectl
from omero_ci.supervisor import Services
from tools.common.errors import CommandError
from tools.common.paths import write_whole

from .networks import free_network, networks_in_use
from .places import state_folder
from .ports import free_ports

DEFAULT_HTTP_PORT = 8080
DEFAULT_HTTPS_PORT = 8443

CONTROL_PLANE = ("etcd", "api-server", "controller-manager")
NODE = ("scheduler", "containerd", "kubelet", "kube-proxy")
PORT_NAMES = (
    "api-server",
    "etcd",
    "etcd-peer",
    "etcd-health",
    "controller-manager",
    "scheduler",
    "kubelet",
    "kubelet-health",
    "kube-proxy-health",
    "kube-proxy-metrics",
    "ingress-health",
)


@dataclass(frozen=True)
class Settings:
    """One cluster's settings, chosen at its first ``up`` and kept until its ``down``.

    Attributes:
        name: The cluster's name.
        has_node: Whether it runs pods, or is a control plane only.
        ports: A loopback port for each of ``PORT_NAMES``.
        network: The second number of the ``10.x`` network that pods and services share.
        http_port: The loopback port of the ingress, without TLS.
        https_port: The loopback port of the ingress, with TLS.
    """

    name: str
    has_node: bool
    ports: dict[str, int]
    network: int
    http_port: int
    https_port: int

    @property
    def folder(self) -> Path:
        """Return the folder with everything this cluster keeps."""
        return state_folder(self.name)

    @property
    def run_folder(self) -> Path:
        """Return the folder for sockets and mounts: its path is short, as a socket's must be."""
        return Path("/run/omero-platform") / self.name

    @property
    def logs(self) -> Path:
        """Return the folder with a log for each part."""
        return self.folder / "logs"

    @property
    def pki(self) -> Path:
        """Return the folder with keys and certificates."""
        return self.folder / "pki"

    @property
    def kubeconfig(self) -> Path:
        """Return the administrator's kubeconfig, the only one this program ever acts with."""
        return self.folder / "kubeconfig"

    @property
    def node_name(self) -> str:
        """Return the node's name."""
        return f"{self.name}-node"

    @property
    def bridge(self) -> str:
        """Return the name of the pods' network device; the kernel allows 15 letters."""
        return "omero-" + hashlib.sha256(self.name.encode()).hexdigest()[:8]

    @property
    def firewall_chain(self) -> str:
        """Return the name of the one packet filter chain that is our own."""
        return self.bridge.upper()

    @property
    def pod_network(self) -> str:
        """Return the addresses of pods."""
        return f"10.{self.network}.0.0/24"

    @property
    def node_address(self) -> str:
        """Return the node's address: the bridge's, so that nothing outside can reach it."""
        return f"10.{self.network}.0.1"

    @property
    def service_network(self) -> str:
        """Return the addresses of services."""
        return f"10.{self.network}.128.0/17"

    @property
    def api_service_address(self) -> str:
        """Return the first service address, which Kubernetes gives its own API."""
        return f"10.{self.network}.128.1"

    @property
    def dns_address(self) -> str:
        """Return the service address of the cluster's DNS."""
        return f"10.{self.network}.128.10"

    @property
    def api_bind_address(self) -> str:
        """Return where the API server listens: pods must reach it, other machines must not."""
        return self.node_address if self.has_node else "127.0.0.1"

    @property
    def server(self) -> str:
        """Return the API server's address for programs on this machine."""
        return f"https://127.0.0.1:{self.ports['api-server']}"

    def kubeconfig_of(self, component: str) -> Path:
        """Return the kubeconfig of a component."""
        return self.folder / "config" / f"{component}.kubeconfig"

    @property
    def components(self) -> tuple[str, ...]:
        """Return the components that are processes of this machine."""
        return CONTROL_PLANE + (NODE if self.has_node else ())

    @property
    def services(self) -> Services:
        """Return their supervisor."""
        return Services(self.folder, self.logs)

    @property
    def kubectl(self) -> Kubectl:
        """Return the client with the administrator's kubeconfig."""
        return Kubectl(self.kubeconfig)

    def save(self) -> None:
        """Keep the settings for later runs."""
        write_whole(_file(self.name), json.dumps(asdict(self), indent=1) + "\n")

    def forget(self) -> None:
        """Say that there is no such cluster any more."""
        _file(self.name).unlink()


def _file(name: str) -> Path:
    return state_folder(name) / "settings.json"


def check_name(name: str) -> str:
    """Return a cluster's name, or refuse one that would not do as a folder or node name."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?", name):
        raise CommandError(
            f"{name!r} cannot name a cluster: use up to 30 lower-case letters, digits and inner "
            "hyphens"
        )
    return name


def load(name: str) -> Settings | None:
    """Return a cluster's settings, or nothing when there is no such cluster."""
    try:
        text = _file(name).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    found = json.loads(text)
    # Another version, whose cluster `down` deletes, may have settings that this one lacks.
    return Settings(**{field.name: found[field.name] for field in fields(Settings)})


def all_names() -> list[str]:
    """Return the names of the clusters that have settings."""
    return sorted(file.parent.name for file in state_folder("").glob("*/settings.json"))


def create(name: str, *, has_node: bool, http_port: int, https_port: int) -> Settings:
    """Choose the settings of a new cluster: free ports, and a network nobody here uses.

    Args:
        name: The cluster's name.
        has_node: Whether it runs pods.
        http_port: The ingress's port without TLS.
        https_port: The ingress's port with TLS.

    Returns:
        The settings, not saved yet.
    """
    others = [found for other in all_names() if (found := load(other)) is not None]
    reserved = {port for other in others for port in other.ports.values()}
    ports = free_ports(len(PORT_NAMES), reserved | {http_port, https_port})
    return Settings(
        name=name,
        has_node=has_node,
        ports=dict(zip(PORT_NAMES, ports, strict=True)),
        network=free_network(networks_in_use(), {other.network for other in others}),
        http_port=http_port,
        https_port=https_port,
    )


def is_root() -> bool:
    """Tell whether this process may do what only root may."""
    return os.geteuid() == 0

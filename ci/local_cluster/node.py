"""The node: containerd, the pods' network, kubelet and kube-proxy."""

from __future__ import annotations

import json
from pathlib import Path

from tools.common.commands import output_of, succeeds
from tools.common.errors import Refusal
from tools.common.paths import bin_folder, write_whole

from . import cgroups, firewall, kubectl, node_config
from .containers import socket
from .kubeconfigs import part_kubeconfig
from .processes import ProcessFolder
from .settings import Settings
from .waiting import wait_for_part, wait_until

_SERVE = "containerd"


def prepare_machine(settings: Settings) -> None:
    """Make what the node needs of the machine: forwarding, the pods' bridge, control groups."""
    firewall.take_snapshot(settings)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1", encoding="ascii")
    # Before containerd and the CNI plugins, which would make it with the first pod only: the
    # API server listens on its address.
    bridge = settings.bridge
    if not succeeds(["ip", "link", "show", bridge]):
        output_of(["ip", "link", "add", bridge, "type", "bridge"])
    address = f"{settings.node_address}/24"
    if settings.node_address not in output_of(["ip", "-4", "address", "show", "dev", bridge]):
        output_of(["ip", "address", "add", address, "dev", bridge])
    output_of(["ip", "link", "set", bridge, "up"])
    # Until kube-proxy has written its rules, nobody answers for a service's address. Without this
    # route a connection would leave by the machine's default route and may reach a stranger.
    output_of(["ip", "route", "replace", settings.service_network, "dev", bridge])
    firewall.open_loopback_door(settings)
    cgroups.ensure(settings)


def ensure_container_runtime(settings: Settings, processes: ProcessFolder) -> None:
    """Start containerd unless it runs, and wait until it answers."""
    config = settings.folder / "config" / "containerd.toml"
    write_whole(config, node_config.containerd(settings))
    network = json.dumps(node_config.pod_network(settings), indent=1) + "\n"
    write_whole(settings.folder / "config" / "cni" / "10-pods.conflist", network)
    processes.ensure(_SERVE, ["/usr/bin/containerd", "--config", config], [config])

    def complaint(why: str) -> str:
        words = processes.last_words(_SERVE)
        return f"containerd does not answer: {why}; see {settings.logs / _SERVE}.log:\n{words}"

    wait_until(lambda: runtime_answers(settings), 30, complaint)


def runtime_answers(settings: Settings) -> bool:
    """Tell whether containerd answers."""
    return succeeds(["ctr", "--connect-timeout", "2s", "--address", socket(settings), "version"])


def ensure_node_agents(settings: Settings, processes: ProcessFolder) -> None:
    """Start kubelet and kube-proxy unless they run."""
    folder = settings.folder / "config"
    write_whole(folder / "resolv.conf", node_config.resolver())
    files = {
        "kubelet": node_config.kubelet(settings),
        "kube-proxy": node_config.kube_proxy(settings),
    }
    for part, config in files.items():
        write_whole(folder / f"{part}.json", json.dumps(config, indent=1) + "\n")
    reads = {part: [folder / f"{part}.json", part_kubeconfig(settings, part)] for part in files}
    processes.ensure(
        "kubelet",
        [
            bin_folder() / "kubelet",
            f"--config={folder / 'kubelet.json'}",
            f"--kubeconfig={part_kubeconfig(settings, 'kubelet')}",
            f"--hostname-override={settings.node_name}",
            f"--node-ip={settings.node_address}",
            f"--root-dir={settings.folder / 'kubelet'}",
            f"--cert-dir={settings.folder / 'kubelet' / 'pki'}",
        ],
        [*reads["kubelet"], settings.pki / "kubelet.crt", settings.pki / "ca.crt"],
    )
    processes.ensure(
        "kube-proxy",
        [bin_folder() / "kube-proxy", f"--config={folder / 'kube-proxy.json'}"],
        reads["kube-proxy"],
    )


def wait_for_node(settings: Settings, processes: ProcessFolder) -> None:
    """Wait until the node is Ready."""
    for part in ("kubelet", "kube-proxy"):
        wait_for_part(settings, processes, part, 60)
    wait_until(
        lambda: is_ready(settings),
        60,
        lambda why: f"the node does not become Ready: {why}; see ci/cluster logs kubelet",
    )


def is_ready(settings: Settings) -> bool:
    """Tell whether the API server knows the node as Ready."""
    try:
        return kubectl.has_condition(kubectl.get(settings, "node", settings.node_name), "Ready")
    except Refusal:
        return False

"""The node: containerd, the pods' network, kubelet and kube-proxy."""

from __future__ import annotations

import json
from pathlib import Path

from omero_ci.kubectl import has_condition
from omero_ci.supervisor import Services
from tools.common.commands import output_of, succeeds
from tools.common.errors import CommandError
from tools.common.paths import bin_folder, write_whole
from tools.common.wait import wait_until

from . import cgroups, firewall, images, node_config
from .health import wait_healthy, wait_with_kubectl
from .image_load import socket
from .settings import Settings


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
    firewall.add_loopback_rule(settings)
    cgroups.ensure(settings)


def ensure_container_runtime(settings: Settings, services: Services) -> None:
    """Start containerd unless it runs, and wait until it answers."""
    config = settings.folder / "config" / "containerd.toml"
    write_whole(config, node_config.containerd(settings, images.reference()))
    network = json.dumps(node_config.pod_network(settings), indent=1) + "\n"
    write_whole(settings.folder / "config" / "cni" / "10-pods.conflist", network)
    services.ensure("containerd", ["/usr/bin/containerd", "--config", config], [config])
    wait_until(
        lambda: runtime_answers(settings),
        30,
        lambda why: (
            f"containerd does not answer: {why}; its log is {settings.logs}/containerd.log, "
            f"the last lines:\n{services.log_tail('containerd')}"
        ),
    )


def runtime_answers(settings: Settings) -> bool:
    """Tell whether containerd answers."""
    return succeeds(["ctr", "--connect-timeout", "2s", "--address", socket(settings), "version"])


def ensure_node_agents(settings: Settings, services: Services) -> None:
    """Start kubelet and kube-proxy unless they run."""
    folder = settings.folder / "config"
    write_whole(folder / "resolv.conf", node_config.resolver())
    files = {
        "kubelet": node_config.kubelet(settings),
        "kube-proxy": node_config.kube_proxy(settings),
    }
    for name, config in files.items():
        write_whole(folder / f"{name}.json", json.dumps(config, indent=1) + "\n")
    reads = {name: [folder / f"{name}.json", settings.kubeconfig_of(name)] for name in files}
    services.ensure(
        "kubelet",
        [
            bin_folder() / "kubelet",
            f"--config={folder / 'kubelet.json'}",
            f"--kubeconfig={settings.kubeconfig_of('kubelet')}",
            f"--hostname-override={settings.node_name}",
            f"--node-ip={settings.node_address}",
            f"--root-dir={settings.folder / 'kubelet'}",
            f"--cert-dir={settings.folder / 'kubelet' / 'pki'}",
            # Its cAdvisor looks at the usual place otherwise, and names no container.
            f"--containerd={socket(settings)}",
        ],
        [*reads["kubelet"], settings.pki / "kubelet.crt", settings.pki / "ca.crt"],
    )
    services.ensure(
        "kube-proxy",
        [bin_folder() / "kube-proxy", f"--config={folder / 'kube-proxy.json'}"],
        reads["kube-proxy"],
    )


def wait_for_node(settings: Settings, services: Services) -> None:
    """Wait until the node is Ready."""
    for component in ("kubelet", "kube-proxy"):
        wait_healthy(settings, services, component, 60)
    for state in ("create", "condition=Ready"):
        words = ("wait", f"--for={state}", f"node/{settings.node_name}")
        wait_with_kubectl(settings, *words, seconds=60, log="kubelet")


def is_ready(settings: Settings) -> bool:
    """Tell whether the API server knows the node as Ready."""
    try:
        return has_condition(settings.kubectl.get(None, "node", settings.node_name), "Ready")
    except CommandError:
        return False

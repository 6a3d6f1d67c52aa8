"""What is checked before anything is changed, with an error that says what to do."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from omero_ci.supervisor import Services
from tools.common.errors import CommandError
from tools.common.paths import bin_folder

from . import cgroups, firewall, images
from .ports import port_is_free
from .settings import Settings, all_names, is_root, load

SMALLEST_DISK = 10 * 1024**3

_CONTROL_PLANE_PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kubectl")
_NODE_PROGRAMS = ("kube-scheduler", "kubelet", "kube-proxy", *images.PROGRAMS)
_DEBIAN_PROGRAMS = ("containerd", "runc", "ctr", "iptables", "ip", "conntrack", "busybox")


def check_same(
    settings: Settings, has_node: bool, http_port: int | None, https_port: int | None
) -> None:
    """Refuse to bring a standing cluster up as another one than it is."""
    name = settings.name
    if settings.has_node != has_node:
        kind = "a whole cluster" if settings.has_node else "a control plane only"
        raise CommandError(
            f"{name} is {kind}; for the other, delete it first: ci/cluster down --name {name}"
        )
    ports = (settings.http_port, settings.https_port)
    if has_node and ports != (http_port or ports[0], https_port or ports[1]):
        raise CommandError(
            f"{name} has its ingress on the ports {ports[0]} and {ports[1]}; to change them, "
            f"delete it first: ci/cluster down --name {name}"
        )


def check_machine(settings: Settings, services: Services) -> None:
    """Refuse when this machine cannot run the cluster.

    Args:
        settings: The cluster.
        services: Its components; what runs already is not checked again.
    """
    check_programs(settings.has_node)
    if settings.has_node:
        if not is_root():
            raise CommandError(
                "only root can run pods; run ci/cluster as root, or with --control-plane-only"
            )
        _check_kernel()
        _check_disk(settings)
        _check_room_for_node(settings)
    _check_ports(settings, services.running())


def check_programs(has_node: bool) -> None:
    """Refuse when a program is missing."""
    built = _CONTROL_PLANE_PROGRAMS + (_NODE_PROGRAMS if has_node else ())
    missing = [name for name in built if not (bin_folder() / name).exists()]
    packaged = _DEBIAN_PROGRAMS if has_node else ()
    missing += [name for name in packaged if shutil.which(name) is None]
    if missing:
        raise CommandError(f"not installed: {', '.join(missing)}; run ci/tools/install")


def _check_ports(settings: Settings, running: Iterable[str]) -> None:
    """Refuse when someone else listens on a port that a component is about to listen on."""
    starting = tuple(each for each in settings.components if each not in running)
    for name, port in settings.ports.items():
        # Each is named after the component that listens on it.
        if name.startswith(starting) and not port_is_free(port):
            raise CommandError(
                f"port {port}, chosen for {name} of {settings.name}, is used by another program; "
                f"run: ci/cluster down --name {settings.name}, then up"
            )
    if settings.has_node and "kubelet" not in running:
        flags = {"--http-port": settings.http_port, "--https-port": settings.https_port}
        for flag, number in flags.items():
            # While only the kubelet is dead, the port is taken by our own ingress.
            if not port_is_free(number) and not settings.folder.joinpath("kubelet").exists():
                raise CommandError(
                    f"port {number} for the ingress is used by another program; stop that program "
                    f"or choose another port with {flag}"
                )


def missing_kernel_features(filesystems: str, proc: Path) -> list[str]:
    """Return what the kernel lacks for running pods.

    Args:
        filesystems: The text of ``/proc/filesystems``.
        proc: The folder ``/proc``.
    """
    missing = []
    if "\toverlay" not in filesystems:
        missing.append("the overlay file system (modprobe overlay)")
    if not (proc / "sys/net/bridge/bridge-nf-call-iptables").exists():
        missing.append("packet filtering on bridges (modprobe br_netfilter)")
    if not (proc / "self/ns/net").exists():
        missing.append("network namespaces")
    return missing


def _check_kernel() -> None:
    """Refuse when the kernel lacks something that pods need."""
    filesystems = Path("/proc/filesystems").read_text(encoding="ascii")
    missing = missing_kernel_features(filesystems, Path("/proc"))
    if not firewall.has_nat():
        missing.append("address translation for iptables (modprobe iptable_nat or nft_chain_nat)")
    lacking = cgroups.missing_controllers()
    if lacking:
        missing.append(f"the cgroup controllers {', '.join(lacking)}")
    if missing:
        raise CommandError(f"this kernel cannot run pods; it lacks: {'; '.join(missing)}")


def _check_disk(settings: Settings) -> None:
    """Refuse when images and volumes would soon fill the disk."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.folder).free
    if free < SMALLEST_DISK:
        raise CommandError(
            f"only {free / 1024**3:.1f} GB are free where {settings.folder} is, and 10 GB are "
            "needed; free some space, or choose another disk with OMERO_PLATFORM_CACHE"
        )


def check_no_other_node(name: str) -> None:
    """Refuse a second node: both would write the same packet filter chains.

    Args:
        name: The cluster that is to have the machine's node.
    """
    for other in all_names():
        settings = load(other)
        if other != name and settings is not None and settings.has_node:
            raise CommandError(
                f"{other} has a node on this machine already, and only one node can run per "
                f"machine; delete it (ci/cluster down --name {other})"
            )


def _check_room_for_node(settings: Settings) -> None:
    """Refuse where another node's packet filter chains are, of ours or of anyone's."""
    check_no_other_node(settings.name)
    if not firewall.snapshot_file(settings).exists() and firewall.has_kubernetes_chains():
        raise CommandError(
            "there are packet filter chains of another Kubernetes on this machine (see "
            "iptables-save); a second node would break it. If it was removed, restart the "
            "machine or remove its KUBE- and CNI- chains"
        )

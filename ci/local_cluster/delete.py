"""Deleting a cluster without a trace, whatever state it is in."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

from omero_ci.console import say, step
from tools.common.commands import output_of, succeeds
from tools.common.errors import CommandError

from . import cgroups, firewall
from .places import state_folder
from .settings import Settings, is_root, load

# Fixed places in which containerd and the kubelet leave files, beside the folders we give them.
_SHIM_SOCKETS = Path("/run/containerd/s")
_LOG_LINKS = Path("/var/log/containers")
_CNI_RESULTS = Path("/var/lib/cni/results")


def delete(name: str) -> None:
    """Delete a cluster and remove everything it made, its data included.

    Args:
        name: The cluster's name.
    """
    settings = load(name)
    folder = state_folder(name)
    if settings is None and not folder.exists():
        say(f"there is no cluster {name}")
        return
    if settings is None:
        # Cut short before the first process, or after the last one: only files are left.
        shutil.rmtree(folder)
        say(f"the files of {name} are deleted")
        return
    if settings.has_node and not is_root():
        raise CommandError(
            f"{name} runs pods, so only root can stop it: run ci/cluster down as root"
        )
    with step(f"delete {name} and its data"):
        settings.services.kill_all()
        if settings.has_node:
            cgroups.kill_all(settings)
            _remove_node(settings)
        # Until here `up` would repair the cluster; from here on it makes a new one.
        settings.forget()
        shutil.rmtree(folder)


def _remove_node(settings: Settings) -> None:
    """Remove what a node leaves in the kernel and in fixed places."""
    results = _network_results(settings)
    _unmount_below([settings.folder, settings.run_folder])
    _remove_devices(settings)
    firewall.restore(settings)
    cgroups.remove(settings)
    for path in _SHIM_SOCKETS.glob("*"):
        if is_dead(path):
            path.unlink(missing_ok=True)
    for link in _LOG_LINKS.glob("*") if _LOG_LINKS.is_dir() else ():
        if link.is_symlink() and link.readlink().is_relative_to(settings.folder):
            link.unlink()
    for result in results:
        result.unlink(missing_ok=True)
    # Folders that containerd, the kubelet and CNI make in passing; others' files keep them.
    for folder in (_SHIM_SOCKETS, _LOG_LINKS, _CNI_RESULTS, _CNI_RESULTS.parent):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    shutil.rmtree(settings.run_folder, ignore_errors=True)
    if not any(settings.run_folder.parent.iterdir()):
        settings.run_folder.parent.rmdir()


def _network_results(settings: Settings) -> list[Path]:
    """Return CNI's notes about the cluster's pods; the loopback's bear only the pod's number."""
    pods = settings.folder.glob("containerd/root/io.containerd.grpc.v1.cri/sandboxes/*")
    found = [path for pod in pods for path in _CNI_RESULTS.glob(f"cni-loopback-{pod.name}-*")]
    return found + list(_CNI_RESULTS.glob(f"{settings.bridge}-*"))


def is_dead(path: Path) -> bool:
    """Tell whether nobody listens on a socket any more.

    Asking is surer than the kernel's list of sockets: that has those of one network namespace.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
        trial.settimeout(1)
        try:
            trial.connect(str(path))
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return False


def mounts_below(mountinfo: str, folders: list[Path]) -> list[str]:
    """Return the mounts in some folders, the last made first.

    Args:
        mountinfo: The text of ``/proc/self/mountinfo``.
        folders: The folders.
    """
    points = [
        row.split()[4].encode().decode("unicode_escape") for row in mountinfo.splitlines() if row
    ]
    return [
        point
        for point in reversed(points)
        if any(Path(point).is_relative_to(folder) for folder in folders)
    ]


def _unmount_below(folders: list[Path]) -> None:
    """Unmount everything in some folders."""
    for _ in range(20):
        mountinfo = Path("/proc/self/mountinfo").read_text(encoding="utf-8")
        points = mounts_below(mountinfo, folders)
        if not points:
            return
        for point in points:
            if not succeeds(["umount", point]):
                succeeds(["umount", "--lazy", point])
    raise CommandError(
        f"cannot unmount {', '.join(points)}; stop the programs that use them and run "
        "`ci/cluster down` again"
    )


def _remove_devices(settings: Settings) -> None:
    """Remove the pods' bridge and what is plugged into it."""
    bridge = settings.bridge
    if not succeeds(["ip", "link", "show", bridge]):
        return
    for row in output_of(["ip", "-oneline", "link", "show", "master", bridge]).splitlines():
        name = row.split()[1].rstrip(":").partition("@")[0]
        # It may go by itself at any moment, with its pod's network namespace.
        succeeds(["ip", "link", "delete", name])
    output_of(["ip", "link", "delete", bridge])

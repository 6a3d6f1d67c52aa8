"""The control groups under which all pods of a cluster live, and nothing else does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil

from omero_ci.supervisor import kill
from tools.common.errors import CommandError
from tools.common.wait import wait_until

from .settings import Settings

_NEEDED = ("cpu", "memory", "pids")


def parse_hierarchies(mounts: str) -> list[Path]:
    """Return where control groups are mounted, from the text of ``/proc/mounts``."""
    rows = [row.split() for row in mounts.splitlines()]
    return [Path(row[1]) for row in rows if len(row) > 2 and row[2] in {"cgroup", "cgroup2"}]


def _hierarchies() -> list[Path]:
    """Return where control groups are mounted on this machine."""
    return parse_hierarchies(Path("/proc/mounts").read_text(encoding="utf-8"))


def missing_controllers() -> list[str]:
    """Return the controllers that pods need and this machine has not mounted."""
    found: set[str] = set()
    for mount in _hierarchies():
        found |= set(mount.name.split(","))
        controllers = mount / "cgroup.controllers"
        if controllers.exists():
            found |= set(controllers.read_text(encoding="ascii").split())
    return [name for name in _NEEDED if name not in found]


def path_in_hierarchy(settings: Settings) -> str:
    """Return the cluster's control group as the kubelet's configuration names it."""
    return f"/omero-platform-{settings.name}"


def _groups(settings: Settings) -> Iterator[Path]:
    """Yield the cluster's control group in every hierarchy that has one."""
    for mount in _hierarchies():
        group = mount / path_in_hierarchy(settings).lstrip("/")
        if group.is_dir():
            yield group


def ensure(settings: Settings) -> None:
    """Make the cluster's control group everywhere: the kubelet wants to find it."""
    for mount in _hierarchies():
        group = mount / path_in_hierarchy(settings).lstrip("/")
        group.mkdir(exist_ok=True)
        for name in ("cpuset.cpus", "cpuset.mems"):
            # In the older version a group with no processor of its own takes no process.
            file = group / name
            if file.exists() and (mount / name).exists() and not file.read_text().strip():
                file.write_text((mount / name).read_text())
        # Otherwise all pods together get as much of a busy machine as one process of it. A test run
        # has some twenty beside them.
        shares = group / "cpu.shares"
        if shares.exists():
            shares.write_text(str(8 * 1024 * (os.cpu_count() or 1)))


def _inside_out(group: Path) -> list[Path]:
    """Return a control group and those within it, the innermost first."""
    folders = [path for path in group.rglob("*") if path.is_dir()]
    return [*sorted(folders, key=lambda path: len(path.parts), reverse=True), group]


def _processes(settings: Settings) -> Iterator[psutil.Process]:
    """Yield the processes of the cluster's containers."""
    for group in _groups(settings):
        for folder in _inside_out(group):
            # Groups and processes may be gone by now.
            with suppress(OSError):
                for pid in (folder / "cgroup.procs").read_text().split():
                    with suppress(psutil.NoSuchProcess):
                        yield psutil.Process(int(pid))


def kill_all(settings: Settings) -> None:
    """Kill every process of the cluster's containers."""
    for _ in range(100):
        if not (found := list(_processes(settings))):
            return
        kill(found)
    raise CommandError(f"containers of {settings.name} start processes faster than they are killed")


def remove(settings: Settings) -> None:
    """Remove the cluster's control groups, which must be empty."""
    for group in list(_groups(settings)):
        for folder in _inside_out(group):
            # The kernel may need a moment after the last process.
            wait_until(
                partial(_removed, folder),
                10,
                lambda why, folder=folder: f"control group {folder} cannot be removed: {why}",  # type: ignore[misc]
                pause=0.05,
            )


def _removed(folder: Path) -> bool:
    """Remove a control group, and tell whether it is gone."""
    with suppress(OSError):
        folder.rmdir()
    return not folder.exists()

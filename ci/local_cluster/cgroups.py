"""The control groups under which all pods of a cluster live, and nothing else does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from tools.common.errors import Refusal

from .identity import kill_and_wait
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


def _inside_out(group: Path) -> list[Path]:
    """Return a control group and those within it, the innermost first."""
    folders = [path for path in group.rglob("*") if path.is_dir()]
    return [*sorted(folders, key=lambda path: len(path.parts), reverse=True), group]


def processes_in(settings: Settings) -> set[int]:
    """Return the processes of the cluster's containers."""
    found: set[int] = set()
    for group in _groups(settings):
        for folder in _inside_out(group):
            try:
                found |= {int(word) for word in (folder / "cgroup.procs").read_text().split()}
            except OSError:
                continue  # Gone since.
    return found - {0}


def end_all(settings: Settings) -> int:
    """Kill every process of the cluster's containers; return how many there were."""
    ended = 0
    for _ in range(100):
        pids = processes_in(settings)
        if not pids:
            return ended
        ended += len(pids)
        kill_and_wait(sorted(pids))
    raise Refusal(f"containers of {settings.name} start processes faster than they are ended")


def remove(settings: Settings) -> None:
    """Remove the cluster's control groups, which must be empty."""
    deadline = time.monotonic() + 10
    for group in list(_groups(settings)):
        for folder in _inside_out(group):
            while folder.exists():
                try:
                    folder.rmdir()
                except FileNotFoundError:
                    break
                except OSError as error:
                    # The kernel may need a moment after the last process.
                    if time.monotonic() > deadline:
                        raise Refusal(
                            f"control group {folder} cannot be removed: {error}"
                        ) from error
                    time.sleep(0.05)

"""What can be installed: Debian packages, and what is built from pinned sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.common.fingerprint import fingerprint
from tools.common.paths import cache_folder

from . import debian, go_build, go_toolchain, ice_wheel, pause_program
from .go_tools import GO_TOOLS, GoTool
from .stamps import Stamp


@dataclass(frozen=True)
class Job:
    """One line of the progress.

    Attributes:
        name: What is installed.
        version: Its version.
        is_done: Tells whether there is nothing to do.
        do: Does it, or raises a ``CommandError`` that names the log.
        verb: What was done.
        alone: Whether it is done before all others, which need it.
        beside: Whether it is done beside the other builds.
    """

    name: str
    version: str
    is_done: Callable[[], bool]
    do: Callable[[], None]
    verb: str = "built"
    alone: bool = False
    beside: bool = False


def all_jobs() -> list[Job]:
    """Return everything that can be installed, in order."""
    return [
        Job(
            "debian",
            "packages",
            lambda: not debian.missing_packages(),
            lambda: debian.install(debian.missing_packages()),
            verb="installed",
            alone=True,
        ),
        _build(
            "pause",
            pause_program.VERSION,
            lambda: fingerprint([pause_program.SOURCE], pause_program.FLAGS),
            pause_program.build,
            [pause_program.program_file()],
        ),
        _build(
            "ice",
            f"v{ice_wheel.VERSION}",
            lambda: fingerprint(ice_wheel.source_files(), ice_wheel.build_settings()),
            ice_wheel.build,
            [ice_wheel.wheel_file()],
            # Its compiler uses one core for all of its minutes.
            beside=True,
        ),
        *map(_go_programs, GO_TOOLS),
    ]


def _build(
    name: str,
    version: str,
    wanted: Callable[[], str],
    build: Callable[[], None],
    outputs: list[Path],
    *,
    beside: bool = False,
) -> Job:
    """Return the job of a build; one that is cut short leaves no stamp and counts for nothing.

    Args:
        name: What is built.
        version: Its version.
        wanted: Returns the fingerprint of what it is built from.
        build: Builds it.
        outputs: The files that it consists of.
        beside: Whether it is done beside the other builds.
    """
    stamp = Stamp(cache_folder() / "stamps", name)

    def do() -> None:
        before = wanted()
        stamp.clear()
        build()
        stamp.write(before, outputs)

    return Job(name, version, lambda: stamp.matches(wanted()), do, beside=beside)


def _go_programs(tool: GoTool) -> Job:
    """Return the job of one Go module's programs."""

    def wanted() -> str:
        go = go_toolchain.find_go()
        # No compiler yet: it will be the pinned one, so that is what the stamp must name.
        version = (go_toolchain.version_of(go) if go else None) or go_toolchain.MINIMUM
        settings = go_build.build_settings(tool, str(version))
        return fingerprint(go_build.source_files(tool), settings)

    def build() -> None:
        go_build.build(tool, go_toolchain.obtain_go())

    return _build(tool.name, tool.version, wanted, build, go_build.program_files(tool))

"""The things that can be installed, all with the same few questions and one order: do it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from tools.common.fingerprint import fingerprint
from tools.common.paths import cache_folder

from . import debian, go_build, go_toolchain, ice_wheel, pause_program
from .go_tools import GoTool
from .stamps import Stamp


class Job(ABC):
    """One line of the progress: a tool, or all Debian packages."""

    name: str
    version: str

    @abstractmethod
    def is_done(self) -> bool:
        """Tell whether there is nothing to do."""

    @abstractmethod
    def do(self) -> None:
        """Do it, raising a ``CommandError`` that names the log when it cannot be done."""


class DebianPackages(Job):
    """The Debian packages that are missing."""

    name = "debian"
    version = "packages"

    def is_done(self) -> bool:
        """Tell whether every package is installed."""
        return not debian.missing_packages()

    def do(self) -> None:
        """Install what is missing."""
        debian.install(debian.missing_packages())


class Build(Job):
    """Something built from pinned sources and recorded with a stamp."""

    def __init__(self, name: str, version: str) -> None:
        """Name it."""
        self.name = name
        self.version = version
        self._stamp = Stamp(cache_folder() / "stamps", name)

    @abstractmethod
    def _fingerprint(self) -> str:
        """Return the fingerprint of what it is built from."""

    @abstractmethod
    def _build(self) -> list[Path]:
        """Build it and return the files that it consists of."""

    def is_done(self) -> bool:
        """Tell whether what stands was built from today's pins."""
        return self._stamp.matches(self._fingerprint())

    def do(self) -> None:
        """Build it anew; a build cut short leaves no stamp and so counts for nothing."""
        wanted = self._fingerprint()
        self._stamp.clear()
        self._stamp.write(wanted, self._build())


class IceWheel(Build):
    """The wheel of Ice's Python binding."""

    def __init__(self) -> None:
        """Name it."""
        super().__init__("ice", f"v{ice_wheel.VERSION}")

    def _fingerprint(self) -> str:
        return fingerprint(ice_wheel.source_files(), ice_wheel.build_settings())

    def _build(self) -> list[Path]:
        ice_wheel.build()
        return [ice_wheel.wheel_file()]


class PauseProgram(Build):
    """The program that holds a pod's namespaces."""

    def __init__(self) -> None:
        """Name it."""
        super().__init__("pause", pause_program.VERSION)

    def _fingerprint(self) -> str:
        return fingerprint([pause_program.SOURCE], pause_program.FLAGS)

    def _build(self) -> list[Path]:
        pause_program.build()
        return [pause_program.program_file()]


class GoPrograms(Build):
    """The programs of one Go module."""

    def __init__(self, tool: GoTool, go: Callable[[], Path | None]) -> None:
        """Name it.

        Args:
            tool: The tool.
            go: Finds the Go program, or nothing when it is still to be fetched.
        """
        super().__init__(tool.name, tool.version)
        self.tool = tool
        self._go = go

    def _fingerprint(self) -> str:
        go = self._go()
        # No compiler yet: it will be the pinned one, so that is what the stamp must name.
        version = (go_toolchain.version_of(go) if go else None) or go_toolchain.MINIMUM
        return fingerprint(
            go_build.source_files(self.tool), go_build.build_settings(self.tool, str(version))
        )

    def _build(self) -> list[Path]:
        go_build.build(self.tool, go_toolchain.obtain_go())
        return go_build.program_files(self.tool)

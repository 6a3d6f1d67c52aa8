"""What is built once, and whether it is there already."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.common.fingerprint import fingerprint
from tools.common.paths import cache_folder, write_whole

from . import go_build, go_toolchain, ice_wheel, logql
from .go_tools import GO_TOOLS, GoTool


@dataclass(frozen=True)
class Build:
    """Something that is built from pinned sources.

    Attributes:
        name: What is built.
        version: Its version.
        made_from: Returns the fingerprint of what it is built from.
        make: Builds it, or raises a ``CommandError`` that names the log.
        outputs: The files that it consists of.
    """

    name: str
    version: str
    made_from: Callable[[], str]
    make: Callable[[], None]
    outputs: list[Path]

    @property
    def _stamp(self) -> Path:
        """The record that it was built, written last and only when all of it stands."""
        return cache_folder() / "stamps" / f"{self.name}.json"

    def is_there(self) -> bool:
        """Tell whether it stands, complete, as built from today's sources."""
        try:
            record = json.loads(self._stamp.read_text(encoding="utf-8"))
            outputs: dict[str, int] = record["outputs"]
            return bool(record["fingerprint"] == self.made_from()) and all(
                Path(name).stat().st_size == size for name, size in outputs.items()
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            # A record that cannot be read proves nothing: build again.
            return False

    def run(self) -> None:
        """Build it; a build that is cut short leaves no stamp and counts for nothing."""
        made_from = self.made_from()
        self._stamp.unlink(missing_ok=True)
        self.make()
        sizes = {str(path): path.stat().st_size for path in self.outputs}
        write_whole(self._stamp, json.dumps({"fingerprint": made_from, "outputs": sizes}, indent=1))


def ice() -> Build:
    """Return the build of the Ice wheel."""
    return Build(
        "ice",
        f"v{ice_wheel.VERSION}",
        lambda: fingerprint(ice_wheel.source_files(), ice_wheel.build_settings()),
        ice_wheel.build,
        [ice_wheel.wheel_file()],
    )


def grammar() -> Build:
    """Return the installation of LogQL's grammar."""
    return Build(
        "logql",
        logql.version(),
        lambda: fingerprint(logql.source_files(), []),
        logql.install,
        logql.outputs(),
    )


def go_programs(*, nightly: bool) -> list[Build]:
    """Return the builds of the Go programs, in the order in which others wait for them.

    Args:
        nightly: Whether those that only nightly tests need are among them.
    """
    return [_go_build(tool) for tool in GO_TOOLS if nightly or not tool.nightly]


def _go_build(tool: GoTool) -> Build:
    def made_from() -> str:
        go = go_toolchain.find_go()
        # No compiler yet: it will be the pinned one, so that is what the stamp must name.
        version = (go_toolchain.version_of(go) if go else None) or go_toolchain.MINIMUM
        settings = go_build.build_settings(tool, str(version))
        return fingerprint(go_build.source_files(tool), settings)

    def make() -> None:
        go_build.build(tool, go_toolchain.obtain_go())

    return Build(tool.name, tool.version, made_from, make, go_build.program_files(tool))

"""Building one tool's Go programs, with module and build caches of our own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tools.common.commands import run_logged
from tools.common.paths import bin_folder, cache_folder, logs_folder

from .go_tools import GoTool

# Without debug information, which the linker would throw away: a tenth less to compile.
_FLAGS = ("-mod=readonly", "-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false")


def build_caches() -> Path:
    """Return the folder of downloaded modules and compiled packages, removed afterwards."""
    return cache_folder() / "go-build"


def build_settings(tool: GoTool, compiler: str) -> list[str]:
    """Return everything but files that decides what a build gives, for its stamp."""
    programs = [*tool.packages, *tool.programs.values()]
    return [compiler, *_FLAGS, *tool.tags, tool.link_flags, *programs]


def source_files(tool: GoTool) -> list[Path]:
    """Return the files that decide what a build gives, for its stamp."""
    return sorted(path for path in tool.folder.rglob("*") if path.suffix in {".mod", ".sum", ".go"})


def program_files(tool: GoTool) -> list[Path]:
    """Return where the tool's programs stand when they are built."""
    return [bin_folder() / name for name in tool.programs.values()]


def build(tool: GoTool, go: Path) -> None:
    """Build a tool's programs and put them in place, each whole or not at all.

    Args:
        tool: The tool.
        go: The Go program to build with.
    """
    log = logs_folder() / f"{tool.name}.log"
    log.unlink(missing_ok=True)
    # In the same file system as the final place, so that the move cannot be half done.
    draft = bin_folder() / f".building-{tool.name}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        run_logged(
            [
                *(go, "build", *_FLAGS, f"-ldflags={tool.link_flags}"),
                f"-tags={','.join(tool.tags)}",
                *("-o", f"{draft}/", *tool.packages),
            ],
            log,
            environment=_environment(),
            folder=tool.folder,
        )
        for built, wanted in tool.programs.items():
            (draft / built).replace(bin_folder() / wanted)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _environment() -> dict[str, str]:
    """Return the build's variables: nobody's settings and nobody's caches but ours."""
    kept = {key: value for key, value in os.environ.items() if key not in {"GOFLAGS", "GOROOT"}}
    caches = build_caches()
    return kept | {
        "CGO_ENABLED": "0",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOMODCACHE": str(caches / "mod"),
        "GOCACHE": str(caches / "cache"),
    }


def remove_build_caches() -> None:
    """Remove the 13 GB that only a build needs."""
    caches = build_caches()
    # Go makes its module folders read-only, and rmtree cannot empty such a folder.
    for folder, _, _ in os.walk(caches):
        Path(folder).chmod(0o700)
    shutil.rmtree(caches, ignore_errors=True)

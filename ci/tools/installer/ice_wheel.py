"""Building the wheel of Ice 3.6.5, which PyPI has as a source archive only."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

from tools.common.commands import run_logged
from tools.common.errors import CommandError
from tools.common.paths import logs_folder, wheels_folder

from .go_tools import TOOLS_FOLDER
from .throwaway import python_of, workbench

VERSION = "3.6.5"
WHEEL = f"zeroc_ice-{VERSION}-cp311-cp311-linux_x86_64.whl"

_RECIPE = TOOLS_FOLDER / "ice"

# Two lines of 2017 that Python 3.11 no longer compiles, and what they have become.
CHANGES = (
    ("src/Slice.cpp", "#include <eval.h>\n", "\n"),
    ("src/Util.cpp", "PyThreadState_GET()->frame", "PyEval_GetFrame()"),
)


def source_files() -> list[Path]:
    """Return the files that decide what the build gives, for its stamp."""
    return sorted(path for path in _RECIPE.iterdir() if path.is_file())


def build_settings() -> list[str]:
    """Return everything but files that decides what the build gives, for its stamp."""
    return [WHEEL, *("\0".join(change) for change in CHANGES)]


def wheel_file() -> Path:
    """Return where the wheel stands when it is built."""
    return wheels_folder() / WHEEL


def build() -> None:
    """Build the wheel, try it with a call over the loopback, and put it in place."""
    log = logs_folder() / "ice.log"
    log.unlink(missing_ok=True)
    with workbench("ice", log) as folder:
        python = python_of(folder)
        pip: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check"]
        tools = _RECIPE / "build-requirements.txt"
        run_logged([*pip, "install", "--require-hashes", "--requirement", tools], log)
        pinned = ("--no-deps", "--no-build-isolation", "--require-hashes")
        wanted = ("--requirement", _RECIPE / "requirements.txt", "--dest", folder / "archive")
        run_logged([*pip, "download", *pinned, *wanted], log)
        (archive,) = (folder / "archive").iterdir()
        source = _unpack(archive, folder / "source")
        # Less optimised than by default, and no debug tables: a shorter build for a mere client.
        environment = os.environ | {"CFLAGS": "-O1 -g0"}
        run_logged(
            [
                *(*pip, "wheel", "--no-deps", "--no-build-isolation"),
                *("--wheel-dir", folder / "wheel", source),
            ],
            log,
            environment=environment,
        )
        built = folder / "wheel" / WHEEL
        if not built.is_file():
            raise CommandError(f"the build gave no {WHEEL}: is {python} another version than 3.11?")
        run_logged([*pip, "install", "--no-deps", "--no-index", built], log)
        run_logged([python, _RECIPE / "try_connection.py"], log)
        wheels_folder().mkdir(parents=True, exist_ok=True)
        built.replace(wheel_file())


def _unpack(archive: Path, destination: Path) -> Path:
    """Unpack the source archive and change the lines that no longer compile."""
    with tarfile.open(archive) as packed:
        # Debian 12's Python has no extraction filters yet; the archive's hash was checked.
        packed.extractall(destination)  # noqa: S202
    (source,) = destination.iterdir()
    for name, old, new in CHANGES:
        file = source / name
        text = file.read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise CommandError(f"{name} of {archive.name} does not hold {old.strip()!r} once")
        file.write_text(text.replace(old, new), encoding="utf-8")
    return source

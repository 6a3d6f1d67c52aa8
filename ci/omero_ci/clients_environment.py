"""The outside clients' own virtual environments, so that none of their dependencies is ours.

An environment that somebody has asked for is not made anew until their process has ended.
"""

from __future__ import annotations

import atexit
import shutil
from functools import cache
from pathlib import Path
from typing import Final, TextIO

from omero_ci import uv
from omero_ci.console import step
from omero_ci.environment import JAR_LOCK, ice_wheel
from omero_ci.paths import ROOT, VENV_BIN
from tools.common.commands import output_of
from tools.common.errors import CommandError
from tools.common.fingerprint import fingerprint
from tools.common.locks import in_use, only_one
from tools.common.paths import cache_folder

LOCK: Final = ROOT / "requirements" / "clients.txt"
# What the outside suites import, and what the stand-in needs beside them.
SUITES_LOCK: Final = ROOT / "requirements" / "outside-suites.txt"
# The locks of the environments that this process uses.
_used: list[TextIO] = []


@cache
def python() -> Path:
    """The interpreter of the clients' environment, made when it is missing or another lock's.

    Raises:
        CommandError: The Ice wheel is not built, or the packages could not be installed.
    """
    return _made("clients", "the outside clients' virtual environment, in the cache", LOCK)


@cache
def suites_python() -> Path:
    """The same for the suites of `ci/outside-suites`; Bio-Formats' jar is in it as well.

    Raises:
        CommandError: The Ice wheel is not built, or the packages could not be installed.
    """
    title = "the outside suites' virtual environment, in the cache"
    return _made("outside-suites/environment", title, SUITES_LOCK, JAR_LOCK)


def _made(name: str, title: str, *locks: Path) -> Path:
    wheel = ice_wheel()
    if not wheel:
        raise CommandError("the Ice wheel is not built: run `ci/tools/install`")
    wanted = fingerprint(locks, [output_of([VENV_BIN / "python", "-VV"]), wheel.name])
    folder = cache_folder() / name
    environment, stamp, lock = folder / "venv", folder / "stamp", folder / "lock"
    while True:
        used = in_use(lock, title)
        if _is_there(stamp, wanted):
            _used.append(used)
            # Else Python complains of an open file at its end.
            atexit.register(used.close)
            return environment / "bin" / "python"
        used.close()
        with only_one(lock, title):
            if not _is_there(stamp, wanted):
                _make(environment, stamp, wanted, title, wheel, locks)


def _is_there(stamp: Path, wanted: str) -> bool:
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted


def _make(
    environment: Path, stamp: Path, wanted: str, title: str, wheel: Path, locks: tuple[Path, ...]
) -> None:
    stamp.unlink(missing_ok=True)
    shutil.rmtree(environment, ignore_errors=True)
    with step(title):
        output_of([VENV_BIN / "python", "-m", "venv", "--without-pip", environment])
        for each in locks:
            uv.install(environment, "--require-hashes", "--compile-bytecode", "-r", each)
        uv.install(environment, "--no-index", wheel)
    stamp.write_text(wanted, encoding="utf-8")

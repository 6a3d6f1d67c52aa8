"""The outside clients' own virtual environments, so that none of their dependencies is ours."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from typing import Final

from omero_ci import uv
from omero_ci.console import step
from omero_ci.environment import JAR_LOCK, ice_wheel
from omero_ci.paths import ROOT, VENV_BIN
from tools.common.commands import output_of
from tools.common.errors import CommandError
from tools.common.fingerprint import fingerprint
from tools.common.locks import only_one
from tools.common.paths import cache_folder

LOCK: Final = ROOT / "requirements" / "clients.txt"
# What the outside suites import, and what the stand-in needs beside them.
SUITES_LOCK: Final = ROOT / "requirements" / "outside-suites.txt"


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
    ours = VENV_BIN / "python"
    wanted = fingerprint(locks, [output_of([ours, "-VV"]), wheel.name])
    folder = cache_folder() / name
    environment, stamp = folder / "venv", folder / "stamp"
    with only_one(folder / "lock", title):
        if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted:
            stamp.unlink(missing_ok=True)
            shutil.rmtree(environment, ignore_errors=True)
            with step(title):
                output_of([ours, "-m", "venv", "--without-pip", environment])
                for lock in locks:
                    uv.install(environment, "--require-hashes", "--compile-bytecode", "-r", lock)
                uv.install(environment, "--no-index", wheel)
            stamp.write_text(wanted, encoding="utf-8")
    return environment / "bin" / "python"

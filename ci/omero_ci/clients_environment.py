"""The outside clients' own virtual environments, so that none of their dependencies is ours."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

from omero_ci import uv
from omero_ci.console import step
from omero_ci.environment import JAR_LOCK, ice_wheel
from omero_ci.paths import ROOT, VENV_BIN
from tools.common.errors import Refusal
from tools.common.locks import only_one
from tools.common.paths import cache_folder

LOCK: Final = ROOT / "requirements" / "clients.txt"
# What the outside suites import, and what the stand-in needs beside them.
SUITES_LOCK: Final = ROOT / "requirements" / "outside-suites.txt"


@cache
def python() -> Path:
    """The interpreter of the clients' environment, made when it is missing or another lock's.

    Raises:
        Refusal: The Ice wheel is not built, or the packages could not be installed.
    """
    return _made("clients", "the outside clients' virtual environment, in the cache", LOCK)


@cache
def suites_python() -> Path:
    """The same for the suites of `ci/outside-suites`; Bio-Formats' jar is in it as well.

    Raises:
        Refusal: The Ice wheel is not built, or the packages could not be installed.
    """
    title = "the outside suites' virtual environment, in the cache"
    return _made("outside-suites/environment", title, SUITES_LOCK, JAR_LOCK)


def _made(name: str, title: str, *locks: Path) -> Path:
    wheel = ice_wheel()
    if not wheel:
        raise Refusal("the Ice wheel is not built: run `ci/tools/install`")
    ours = str(VENV_BIN / "python")
    version = subprocess.run([ours, "-VV"], capture_output=True, text=True, check=True).stdout
    wanted = hashlib.sha256(f"{version} {wheel.name}".encode())
    for lock in locks:
        wanted.update(lock.read_bytes())
    folder = cache_folder() / name
    environment, stamp = folder / "venv", folder / "stamp"
    with only_one(folder / "lock", title):
        if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted.hexdigest():
            stamp.unlink(missing_ok=True)
            shutil.rmtree(environment, ignore_errors=True)
            with step(title):
                subprocess.run([ours, "-m", "venv", "--without-pip", environment], check=True)
                for lock in locks:
                    uv.install(environment, "--require-hashes", "--compile-bytecode", "-r", lock)
                uv.install(environment, "--no-index", wheel)
            stamp.write_text(wanted.hexdigest(), encoding="utf-8")
    return environment / "bin" / "python"

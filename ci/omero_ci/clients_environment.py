"""The outside clients' own virtual environment, so that none of their dependencies is ours."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

from omero_ci import uv
from omero_ci.console import step
from omero_ci.environment import ice_wheel
from omero_ci.paths import ROOT, VENV_BIN
from tools.common.errors import Refusal
from tools.common.locks import only_one
from tools.common.paths import cache_folder

LOCK: Final = ROOT / "requirements" / "clients.txt"


@cache
def python() -> Path:
    """The interpreter of the environment, which is made when it is missing or another lock's.

    Raises:
        Refusal: The Ice wheel is not built, or the packages could not be installed.
    """
    wheel = ice_wheel()
    if not wheel:
        raise Refusal("the Ice wheel is not built: run `ci/tools/install`")
    ours = str(VENV_BIN / "python")
    version = subprocess.run([ours, "-VV"], capture_output=True, text=True, check=True).stdout
    wanted = hashlib.sha256(f"{version} {wheel.name}".encode() + LOCK.read_bytes())
    folder = cache_folder() / "clients"
    environment, stamp = folder / "venv", folder / "stamp"
    with only_one(folder / "lock", "the environment of the OMERO clients"):
        if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted.hexdigest():
            stamp.unlink(missing_ok=True)
            shutil.rmtree(environment, ignore_errors=True)
            with step("the outside clients' virtual environment, in the cache"):
                subprocess.run([ours, "-m", "venv", "--without-pip", environment], check=True)
                uv.install(environment, "--require-hashes", "--compile-bytecode", "-r", LOCK)
                uv.install(environment, "--no-index", wheel)
            stamp.write_text(wanted.hexdigest(), encoding="utf-8")
    return environment / "bin" / "python"

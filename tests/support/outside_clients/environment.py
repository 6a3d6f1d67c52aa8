"""The clients' own virtual environment, so that none of their dependencies is ours."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

from omero_ci.paths import ROOT
from tools.common.locks import only_one
from tools.common.paths import cache_folder, wheels_folder

LOCK: Final = ROOT / "requirements" / "clients.txt"
# A client that wants a file of the internet (the Java importer) finds nobody listening.
NOWHERE: Final = "http://127.0.0.1:9"


class CannotInstall(Exception):
    """The environment could not be made."""


@cache
def python() -> Path:
    """The interpreter of the environment, which is made when it is missing or another lock's.

    Raises:
        CannotInstall: The Ice wheel is not built, or pip failed; its message is part of this one.
    """
    wheels = sorted(wheels_folder().glob("zeroc_ice-*.whl"), key=lambda each: each.stat().st_mtime)
    if not wheels:
        raise CannotInstall("the Ice wheel is not built: run `ci/tools/install`")
    wanted = hashlib.sha256(f"{sys.version} {wheels[-1].name}".encode() + LOCK.read_bytes())
    folder = cache_folder() / "clients"
    environment, stamp = folder / "venv", folder / "stamp"
    interpreter = environment / "bin" / "python"
    with only_one(folder / "lock", "the environment of the OMERO clients"):
        if stamp.is_file() and stamp.read_text() == wanted.hexdigest():
            return interpreter
        stamp.unlink(missing_ok=True)
        shutil.rmtree(environment, ignore_errors=True)
        pip = [str(interpreter), "-m", "pip", "install", "--quiet", "--no-deps"]
        _run([sys.executable, "-m", "venv", str(environment)])
        _run([*pip, "--require-hashes", "-r", str(LOCK)])
        _run([*pip, "--no-index", str(wheels[-1])])
        stamp.write_text(wanted.hexdigest())
    return interpreter


def variables(folder: Path) -> dict[str, str]:
    """The environment variables of a client whose files are kept in a folder.

    Nothing of the caller's OMERO settings, Python path or home is left in them.
    """
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    own = {"HOME": str(folder), "OMERO_USERDIR": str(folder / "omero")}
    calm = {"PYTHONWARNINGS": "ignore", "PYTHONUTF8": "1"}
    return kept | own | calm | dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), NOWHERE)


def run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the environment's Python in a folder, without input, for a minute at most."""
    return subprocess.run(
        [str(python()), *arguments],
        capture_output=True, encoding="utf-8", check=False, stdin=subprocess.DEVNULL,
        cwd=folder, env=variables(folder), timeout=60,
    )  # fmt: skip


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotInstall(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")

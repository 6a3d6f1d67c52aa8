"""The static files of OMERO.web and its applications, collected as for the image.

Collecting takes CPU that tests should not spend each time, so the result is kept in the user's
cache until one of the files that it is made from changes.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from local_services import ROOT, python_environment
from tools.common.paths import cache_folder

KEPT: Final = cache_folder() / "static-files"
_UNUSED_SECONDS: Final = 24 * 3600
_MADE_FROM: Final = (
    "requirements/web.txt",
    "common/src",
    "plugins",
    "images/omero-web/src",
)


def static_root() -> Path:
    """The folder for OMERO_WEB_STATIC_ROOT; not to be written to."""
    folder = KEPT / _fingerprint()
    if folder.is_dir():
        folder.touch()
        return folder
    KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT, prefix="new-") as name:
        fresh = Path(name) / "static"
        variables = {"OMERODIR": f"{name}/build", "OMERO_WEB_STATIC_ROOT": str(fresh)}
        command = [sys.executable, "-m", "omero_web_container", "collect-static"]
        environment = python_environment(**variables)
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=300)
        # Another test process may have been faster; its files are the same.
        with suppress(OSError):
            fresh.rename(folder)
    _keep_newest()
    return folder


def _fingerprint() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for place in _MADE_FROM:
        path = ROOT / place
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and file.suffix != ".pyc":
                digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _keep_newest() -> None:
    """A test process of another checkout, or from before a change, may still use an older one."""
    kept = [path for path in KEPT.iterdir() if not path.name.startswith("new-")]
    for old in sorted(kept, key=lambda path: path.stat().st_mtime)[:-3]:
        if time.time() - old.stat().st_mtime > _UNUSED_SECONDS:
            shutil.rmtree(old, ignore_errors=True)

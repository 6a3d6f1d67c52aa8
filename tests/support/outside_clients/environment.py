"""How the outside clients are run: what they get, and what they do not."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

from omero_ci.clients_environment import python
from omero_standin.import_client.install import install

# A client that wants a file of the internet finds nobody listening.
NOWHERE: Final = "http://127.0.0.1:9"


def variables(folder: Path) -> dict[str, str]:
    """The environment variables of a client whose files are kept in a folder.

    Nothing of the caller's OMERO settings, Python path or home is left in them. `omero import` runs
    the stand-in's import client in place of OMERO's, which is Java.
    """
    kept = {name: os.environ[name] for name in ("LANG",) if name in os.environ}
    client = install(folder / "omero")
    own = {"HOME": str(folder), "OMERO_USERDIR": client["OMERO_USERDIR"]}
    own["PATH"] = os.pathsep.join((client["PATH"], os.environ["PATH"]))
    calm = {"PYTHONWARNINGS": "ignore", "PYTHONUTF8": "1"}
    return kept | own | calm | dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), NOWHERE)


def run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the environment's Python in a folder, without input, for a minute at most."""
    return subprocess.run(
        [str(python()), *arguments],
        capture_output=True, encoding="utf-8", check=False, stdin=subprocess.DEVNULL,
        cwd=folder, env=variables(folder), timeout=60,
    )  # fmt: skip

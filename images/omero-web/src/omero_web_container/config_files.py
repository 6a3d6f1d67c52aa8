"""OMERO.web's configuration file, from the image's defaults and the platform's drop-ins.

The drop-ins are loaded by the `omero` command itself, so every line that OMERO documents works.
Secrets never reach this file: `django_settings` reads them from where they are mounted.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from omero_plugin_common import environment


class CannotStart(Exception):
    """What went wrong with the configuration, and where to look."""


# What differs from OMERO.web's own defaults on every site; a drop-in wins.
_DEFAULTS: Final = {
    # Connections to OMERO.server are encrypted.
    "omero.web.secure": "true",
    # OMERO.web would ask the internet for a newer version at each login.
    "omero.web.upgrades.url": "",
    "omero.web.check_version": "false",
    # Nothing of a site is sent to the OMERO team.
    "omero.web.feedback.comment.enabled": "false",
    "omero.web.feedback.error.enabled": "false",
    "omero.web.show_forgot_password": "false",
    # The login page would ask GitHub for the versions of the desktop client.
    "omero.web.login.show_client_downloads": "false",
}

# The `omero` command without its script, which refuses root: tests may be root, a pod never is.
_OMERO: Final = "import sys, omero.cli; sys.exit(omero.cli.argv(['omero', *sys.argv[1:]]))"


def defaults() -> dict[str, str]:
    """The image's defaults, with the server that the environment names."""
    host = environment.text("OMERO_HOST")
    port = environment.integer("OMERO_PORT", 4064, low=1, high=65535)
    return _DEFAULTS | {"omero.web.server_list": json.dumps([[host, port, "omero"]])}


def prepare(omerodir: Path, drop_ins: Path) -> dict[str, str]:
    """Write `etc/grid/config.xml` anew and return what it holds."""
    import omero.config

    grid = omerodir / "etc" / "grid"
    try:
        # A restarted container finds its predecessor's file, which would make `append` append
        # twice.
        shutil.rmtree(grid, ignore_errors=True)
        for folder in (grid, omerodir / "var" / "log"):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(
            f"{omerodir} cannot be written: {error.strerror}; it needs a writable volume"
        ) from error
    path = grid / "config.xml"
    config = omero.config.ConfigXml(str(path))
    for key, value in defaults().items():
        config[key] = value
    config.close()
    if any(drop_ins.glob("*.omero")):
        _load(drop_ins)
    config = omero.config.ConfigXml(str(path), read_only=True)
    held: dict[str, str] = {
        key: value for key, value in config.as_map().items() if value is not None
    }
    config.close()
    return held


def _load(drop_ins: Path) -> None:
    command = [sys.executable, "-c", _OMERO, "load", "--glob", f"{drop_ins}/*.omero"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise CannotStart(
            f"a file in {drop_ins} cannot be loaded: "
            f"{said[-1] if said else f'exit code {done.returncode}'}. "
            "It comes from spec.web.config"
        )

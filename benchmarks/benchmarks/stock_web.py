"""OMERO.web as `omero web start` runs it: gunicorn with five sync workers, sessions in files.

Nothing is set but its addresses, and whitenoise, which serves its static files as in OME's own
image.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

import local_services
from free_ports import free_port
from local_site.answers import answers
from omero_ci.paths import path_with_tools

# The command itself refuses to run as root.
_CALL: Final = "import sys; sys.argv[0] = 'omero'; from omero.cli import argv; argv()"
_OMERO: Final = (sys.executable, "-W", "ignore", "-c", _CALL)
_WHITENOISE: Final = {"index": 0, "class": "whitenoise.middleware.WhiteNoiseMiddleware"}


@contextlib.contextmanager
def stock_web(folder: Path, omero: local_services.Service) -> Iterator[local_services.Service]:
    """Start it in front of an OMERO.server; `port` is where it listens.

    Args:
        folder: An empty folder for its files.
        omero: The server.
    """
    for each in ("etc/grid", "var/log"):
        (folder / each).mkdir(parents=True)
    port = free_port()
    environment = local_services.python_environment(
        OMERODIR=str(folder),
        OMERO_TMPDIR=str(folder),
        OMERO_USERDIR=str(folder / "user"),
        PATH=path_with_tools(),
    )
    lines = (
        ("set", "omero.web.server_list", json.dumps([["127.0.0.1", omero.port, "omero"]])),
        ("set", "omero.web.application_server.host", "127.0.0.1"),
        ("set", "omero.web.application_server.port", str(port)),
        # It would ask the internet for a newer version at each login.
        ("set", "omero.web.check_version", "false"),
        ("set", "omero.web.upgrades.url", ""),
        ("append", "omero.web.middleware", json.dumps(_WHITENOISE)),
    )
    for action, key, value in lines:
        command = [*_OMERO, "config", action, "--", key, value]
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)
    log = folder / "stock.log"
    command = [*_OMERO, "web", "start", "--foreground"]
    start = partial(local_services.launch, command, log, environment=environment)
    ready = partial(answers, f"http://127.0.0.1:{port}/webclient/login/")
    with local_services.running(start, log, ready) as process:
        try:
            yield local_services.Service(port, "", log, process)
        finally:
            # The command ends when it is told to, and leaves gunicorn behind.
            os.killpg(process.pid, signal.SIGTERM)

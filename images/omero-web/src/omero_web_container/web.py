"""OMERO.web under gunicorn."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from omero_plugin_common import environment
from omero_web_container.config_files import prepare

PORT: Final = 4080
OMERODIR: Final = Path("/opt/omero/web/var")
DROP_INS: Final = Path("/opt/omero/web/config")
# Method, path without the query (it may hold a session id), status, size, milliseconds, browser.
ACCESS_LOG: Final = '%(t)s %(h)s "%(m)s %(U)s" %(s)s %(B)s %(M)sms "%(a)s"'


def run() -> int:
    """Prepare the configuration and replace this process by gunicorn."""
    omerodir = Path(os.environ.setdefault("OMERODIR", str(OMERODIR)))
    check_environment()
    config = prepare(omerodir, Path(os.environ.get("OMERO_WEB_CONFIG_FOLDER", DROP_INS)))
    # Where OMERO.web's code looks for temporary files; its default is below the user's home.
    os.environ.setdefault("OMERO_TMPDIR", "/tmp")  # noqa: S108 - the pod's own /tmp
    os.environ["DJANGO_SETTINGS_MODULE"] = "omero_web_container.django_settings"
    command = gunicorn_command(config)
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606 - a fixed program, no shell


def check_environment() -> None:
    """Read what the settings need: a missing one is one clear message, not a worker's trace."""
    environment.text("OMERO_HOST")
    environment.text("REDIS_HOST")
    environment.secret("OMERO_WEB_SECRET_KEY_FILE")
    environment.secret("REDIS_PASSWORD_FILE")


def gunicorn_command(config: dict[str, str]) -> list[str]:
    """The server's command line; no secret is in it."""
    workers = environment.integer("WEB_WORKERS", 2, low=1, high=64)
    port = environment.integer("OMERO_WEB_LISTEN_PORT", PORT, low=1, high=65535)
    timeout = environment.integer("omero.web.wsgi_timeout", 60, low=1, high=3600, source=config)
    requests = environment.integer(
        "omero.web.application_server.max_requests", 0, low=0, high=10**9, source=config
    )
    return [
        sys.executable, "-m", "gunicorn", "omero_web_container.wsgi:application",
        "--bind", f"0.0.0.0:{port}",
        "--workers", str(workers),
        "--timeout", str(timeout),
        "--max-requests", str(requests),
        # The root file system is read-only.
        "--worker-tmp-dir", "/tmp",  # noqa: S108 - the pod's own /tmp
        "--no-control-socket",
        # OMERO.web is imported once, before the workers are forked.
        "--preload",
        "--access-logfile", "-",
        "--access-logformat", ACCESS_LOG,
        "--error-logfile", "-",
    ]  # fmt: skip

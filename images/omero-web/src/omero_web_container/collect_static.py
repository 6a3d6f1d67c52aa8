"""Collect the static files of OMERO.web and of every application of the image, for its build."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from omero_plugin_common import env_utils
from omero_web_container import catalogue
from omero_web_container.config_files import write_config


def run() -> int:
    """Become Django's command, which hashes and compresses them into OMERO_WEB_STATIC_ROOT.

    A new process, since writing the configuration has loaded settings that lack the applications.
    """
    apps = list(catalogue.all_apps().values())
    write_config(Path(env_utils.get_env("OMERODIR")), {}, apps, [], [])
    os.environ["DJANGO_SETTINGS_MODULE"] = "omero_web_container.static_settings"
    command = [sys.executable, "-W", "ignore", "-m", "django", "collectstatic", "--noinput"]
    os.execv(command[0], command)  # noqa: S606 - a fixed program, no shell

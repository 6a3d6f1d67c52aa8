"""`omero-operator` without a command: run the operator."""

import sys

from prometheus_client import start_http_server

from omero_operator import logs, settings
from omero_operator.handlers import healthz, running, wakeups


def run() -> None:
    """Read the settings from the environment and run until a signal ends the process.

    Raises:
        SystemExit: A setting is missing or wrong; the message names it.
    """
    try:
        own = settings.read()
    except settings.SettingsError as error:
        sys.exit(f"omero-operator: {error}")
    logs.configure(own.log_level, own.log_format)
    if own.metrics_port:
        start_http_server(own.metrics_port, healthz.address(own.health_host))
    running.run(own, wakeups.registry())

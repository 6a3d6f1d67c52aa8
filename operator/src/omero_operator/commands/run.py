"""`omero-operator` without a command: run the operator."""

import sys
from typing import Any

import kopf

from omero_operator import logs, settings
from omero_operator.handlers import wakeups


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
    identity: Any = own.identity  # a NewType of str that Kopf keeps to itself
    kopf.run(
        registry=wakeups.registry(),
        standalone=True,
        # Unused without peering; Kopf's own guess needs a user name, which the image's id has not.
        identity=identity,
        clusterwide=not own.watch_namespaces,
        namespaces=own.watch_namespaces,
        liveness_endpoint=f"http://{own.health_host}:{own.health_port}/healthz",
        memo=kopf.Memo(settings=own),
    )

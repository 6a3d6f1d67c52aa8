"""Start the operator in this process: `python -m omero_operator`."""

import argparse
import sys
from typing import Any

import kopf

from omero_operator import __version__, logs, settings
from omero_operator.handlers import wakeups


def main() -> None:
    """Read the settings and run until a signal ends the process."""
    parser = argparse.ArgumentParser(
        prog="omero-operator",
        description="Keeps OMERO sites true to their OmeroPlatform resources.",
        epilog="settings, from the environment (default):\n" + "\n".join(settings.describe()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.parse_args()
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


if __name__ == "__main__":
    main()

"""`kubectl omero logs`: those of all pods of a site, or of some of its components."""

from __future__ import annotations

import argparse

from kubectl_omero.errors import CommandError
from kubectl_omero.kubectl import Kubectl
from kubectl_omero.platforms import find

_COMPONENT = "app.kubernetes.io/component"
# kubectl refuses to follow more than five containers unless it is told a number.
_MOST_CONTAINERS = 200


def add_to(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.add_argument("name", nargs="?", default="", help="the platform; needed if several")
    parser.add_argument(
        "-c", "--component", action="append", default=[], metavar="NAME",
        help="only this component, such as server, web or worker; may be repeated",
    )  # fmt: skip
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what comes")
    parser.add_argument(
        "--tail", type=int, default=100, metavar="LINES",
        help="last lines of each container; -1 for all (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--since", metavar="TIME", help="only younger ones, such as 10m or 2h")
    parser.add_argument(
        "--previous", action="store_true", help="those of the containers before the last restart"
    )


def run(arguments: argparse.Namespace, kubectl: Kubectl) -> int:
    """Print them."""
    platform = find(kubectl, arguments.name)
    selector = platform.pods
    if arguments.component:
        there = {
            pod["metadata"]["labels"][_COMPONENT]
            for pod in kubectl.items("pods", f"--selector={selector}")
        }
        if missing := [each for each in arguments.component if each not in there]:
            raise CommandError(
                f"{platform.name} has no pod of the component {', '.join(missing)}; "
                f"it has {', '.join(sorted(there)) or 'none at all'}"
            )
        selector += f",{_COMPONENT} in ({','.join(arguments.component)})"
    options = [f"--tail={arguments.tail}", "--all-containers", "--prefix", "--ignore-errors"]
    options += [f"--since={arguments.since}"] if arguments.since else []
    options += ["--previous"] if arguments.previous else []
    if arguments.follow:
        options += ["--follow", f"--max-log-requests={_MOST_CONTAINERS}"]
    return kubectl.shown("logs", f"--selector={selector}", *options)

"""`kubectl omero doctor`: the checks of the admin tools, inside the site's pods."""

from __future__ import annotations

import argparse
import sys

from kubectl_omero.errors import CANNOT, GOOD
from kubectl_omero.kubectl import Kubectl
from kubectl_omero.platforms import find

# Each of them reaches what the others must not.
_PODS = ("web", "worker")
_COMMAND = ("python", "-W", "ignore", "-m", "omeroweb_admin_tools.doctor")


def add_to(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.add_argument("name", nargs="?", default="", help="the platform; needed if several")
    parser.add_argument(
        "--check", action="append", default=[], metavar="NAME",
        help="only this check, or those that begin so, such as redis; may be repeated",
    )  # fmt: skip
    parser.epilog = "exit codes: 0 nothing failed, 1 a check failed, 2 a pod could not be asked"


def run(arguments: argparse.Namespace, kubectl: Kubectl) -> int:
    """Run them and print each as it ends."""
    platform = find(kubectl, arguments.name)
    result = GOOD
    for pod in _PODS:
        sys.stdout.write(f"from the pod {platform.name}-{pod}:\n")
        sys.stdout.flush()
        target = f"deployment/{platform.name}-{pod}"
        code = kubectl.executed(target, "--", *_COMMAND, *arguments.check)
        sys.stdout.write("\n")
        # kubectl has codes of its own above those of the command.
        result = max(result, min(code, CANNOT))
    return result

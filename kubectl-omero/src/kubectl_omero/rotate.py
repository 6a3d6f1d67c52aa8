"""`kubectl omero rotate`: new values for the passwords that the operator made."""

from __future__ import annotations

import argparse
import datetime
import sys

from kubectl_omero import waiting
from kubectl_omero.errors import GOOD, CommandError
from kubectl_omero.kubectl import Kubectl
from kubectl_omero.platforms import GROUP, find

_ROTATABLE = f"{GROUP}/rotatable=true"
_ROTATE = f"{GROUP}/rotate"


def add_to(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.add_argument("name", nargs="?", default="", help="the platform; needed if several")
    parser.add_argument(
        "--only", action="append", default=[], metavar="SECRET",
        help="only this Secret; may be repeated",
    )  # fmt: skip
    parser.add_argument("--list", action="store_true", help="print the Secrets, change nothing")
    waiting.add_to(parser)
    parser.epilog = (
        "The pods that use a new password restart, so the site is away for a moment; a new "
        "signing key of OMERO.web ends all sessions. Root's password and keys that have encrypted "
        "stored data are not among them."
    )


def run(arguments: argparse.Namespace, kubectl: Kubectl) -> int:
    """Ask the operator for new values."""
    platform = find(kubectl, arguments.name)
    selector = f"--selector=app.kubernetes.io/instance={platform.name},{_ROTATABLE}"
    there = sorted(each["metadata"]["name"] for each in kubectl.items("secrets", selector))
    if wrong := [each for each in arguments.only if each not in there]:
        raise CommandError(
            f"{', '.join(wrong)} cannot be rotated; these can: {', '.join(there) or 'none'}"
        )
    names = arguments.only or there
    if not names:
        raise CommandError(f"{platform.name} has no Secret that can be rotated")
    if arguments.list:
        sys.stdout.write("\n".join(names) + "\n")
        return GOOD
    if platform.paused:
        raise CommandError(
            f"{platform.name} is paused, so nothing would rotate; first `kubectl omero resume`"
        )
    # Each word rotates once, so two people at the same moment make one rotation.
    word = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H.%MZ")
    for name in names:
        kubectl.text("annotate", "secret", name, f"{_ROTATE}={word}", "--overwrite")
        sys.stdout.write(f"{name}: the operator makes a new value\n")
    if not arguments.wait:
        return GOOD

    def left() -> list[str]:
        carried_out = f"{GROUP}/rotated"
        return [
            item["metadata"]["name"]
            for item in kubectl.items("secrets", selector)
            if item["metadata"]["name"] in names
            and item["metadata"].get("annotations", {}).get(carried_out) != word
        ]

    return waiting.until(
        kubectl,
        platform.name,
        lambda now: now.condition("Ready"),
        lambda now: not left() and now.condition("Ready").good,
        arguments.timeout,
    )

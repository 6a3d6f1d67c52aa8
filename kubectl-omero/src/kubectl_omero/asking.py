"""A question before something that cannot be taken back."""

from __future__ import annotations

import argparse
import sys

from kubectl_omero.errors import CommandError


def add_to(parser: argparse.ArgumentParser) -> None:
    """`--yes`."""
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")


def agreed(arguments: argparse.Namespace, question: str) -> bool:
    """Whether the person says yes.

    Raises:
        CommandError: There is nobody to ask.
    """
    if arguments.yes:
        return True
    if not sys.stdin.isatty():
        raise CommandError("nobody is there to be asked: add --yes, or --dry-run to look first")
    sys.stdout.write(f"{question} [y/N] ")
    sys.stdout.flush()
    try:
        return _yes()
    except KeyboardInterrupt:
        # The answer is no; the command says that nothing was changed.
        sys.stdout.write("\n")
        return False


def _yes() -> bool:
    return sys.stdin.readline().strip().lower() in ("y", "yes")

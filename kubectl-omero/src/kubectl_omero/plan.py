"""`kubectl omero plan`: what a changed resource would change.

The operator of the cluster is asked, so the answer is that of the version which would do it, with
its images.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from kubectl_omero import operators
from kubectl_omero.errors import CommandError
from kubectl_omero.kubectl import Kubectl


def add_to(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.add_argument(
        "-f", "--filename", required=True, metavar="FILE",
        help="the resource as YAML or JSON; - for standard input",
    )  # fmt: skip
    parser.add_argument(
        "--operator-namespace", default="", metavar="NAME", help="where the operator runs"
    )
    parser.epilog = (
        "exit codes: 0 nothing would change, 1 something would, as with `kubectl diff`, 2 the "
        "resource is invalid, or the operator cannot be asked"
    )


def run(arguments: argparse.Namespace, kubectl: Kubectl) -> int:
    """Print the differences."""
    try:
        text = _read(arguments.filename)
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{arguments.filename}: {error}") from error
    found = operators.find(kubectl, arguments.operator_namespace)
    # What the person may write is tried by the person; the operator may not write platforms.
    tried = kubectl.text("apply", "--dry-run=server", "--output=json", "--filename=-", stdin=text)
    return kubectl.shown(
        "exec", "--stdin", f"deployment/{found.name}", "--",
        "omero-operator", "plan", "-", "--in-cluster", "--namespace", kubectl.namespace,
        namespace=found.namespace, stdin=tried,
    )  # fmt: skip


def _read(file: str) -> str:
    return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")

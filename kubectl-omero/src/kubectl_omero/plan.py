"""`kubectl omero plan`: what a changed resource would change.

The operator of the cluster is asked, so the answer is that of the version which would do it, with
its images.
"""

from __future__ import annotations

import argparse

from kubectl_omero import operators
from kubectl_omero.files import read
from kubectl_omero.kubectl import Kubectl


def add_to(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.add_argument(
        "-f", "--filename", required=True, metavar="FILE",
        help="the resource as YAML or JSON; - for standard input",
    )  # fmt: skip
    operators.add_to(parser)
    parser.epilog = (
        "exit codes: 0 nothing would change, 1 something would, as with `kubectl diff`, 2 the "
        "resource is invalid, or the operator cannot be asked"
    )


def run(arguments: argparse.Namespace, kubectl: Kubectl) -> int:
    """Print the differences."""
    return shown(kubectl, arguments.operator_namespace, read(arguments.filename))


def shown(kubectl: Kubectl, operator_namespace: str, text: str) -> int:
    """Print what a resource would change.

    Args:
        kubectl: Of the person.
        operator_namespace: Where the operator runs; empty to look for it.
        text: The resource as YAML or JSON.

    Returns:
        0 nothing, 1 something, 2 it is invalid.

    Raises:
        CommandError: The API server rejects it, or there is no operator to ask.
    """
    found = operators.find(kubectl, operator_namespace)
    # What the person may write is tried by the person; the operator may not write platforms.
    tried = kubectl.text("apply", "--dry-run=server", "--output=json", "--filename=-", stdin=text)
    return kubectl.executed(
        "--stdin", f"deployment/{found.name}", "--",
        "omero-operator", "plan", "-", "--in-cluster", "--namespace", kubectl.namespace,
        namespace=found.namespace, stdin=tried,
    )  # fmt: skip

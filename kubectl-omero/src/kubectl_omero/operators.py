"""The operator that cares for a site."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from kubectl_omero.errors import CommandError
from kubectl_omero.kubectl import ForbiddenError, Kubectl

_SELECTOR = "--selector=app.kubernetes.io/name=omero-operator"


@dataclass(frozen=True)
class Operator:
    """A Deployment of the operator."""

    namespace: str
    name: str


def add_to(parser: argparse.ArgumentParser) -> None:
    """`--operator-namespace`."""
    parser.add_argument(
        "--operator-namespace", default="", metavar="NAME", help="where the operator runs"
    )


def find(kubectl: Kubectl, namespace: str = "") -> Operator:
    """The operator of the cluster.

    Args:
        kubectl: Of the person.
        namespace: Where it runs; empty to look everywhere.

    Raises:
        CommandError: It is not found, or there are several.
    """
    hint = "name its namespace with --operator-namespace"
    where = () if namespace else ("--all-namespaces",)
    try:
        found = kubectl.items("deployments", _SELECTOR, *where, namespace=namespace)
    except ForbiddenError as error:
        raise CommandError(f"your account cannot look for the operator: {error}; {hint}") from error
    places = [(each["metadata"]["namespace"], each["metadata"]["name"]) for each in found]
    if len(places) == 1:
        return Operator(*places[0])
    # One in the site's own namespace is the one that is meant.
    beside = [place for place in places if place[0] == kubectl.namespace]
    if len(beside) == 1:
        return Operator(*beside[0])
    if not places:
        raise CommandError(
            f"no operator was found{f' in {namespace}' if namespace else ''}; {hint}"
        )
    raise CommandError(
        f"there are several operators ({', '.join('/'.join(place) for place in places)}); {hint}"
    )

"""`omero-operator release-finalizers`: platforms no longer wait for an operator that is gone.

A platform with `deletionPolicy: Delete` has a finalizer: its deletion waits until the operator has
deleted the data. Without an operator it would wait for ever, and so would its namespace.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from omero_operator import settings
from omero_operator.cluster import finalizer
from omero_operator.cluster.client import Api, connect
from omero_operator.cluster.errors import ApiError, NotFoundError
from omero_operator.identity.kinds import PLATFORM, Manifest
from omero_operator.identity.labels import FINALIZER


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to those of `omero-operator`."""
    parser = commands.add_parser(
        "release-finalizers",
        help="let platforms be deleted without an operator; their data stays",
        description=(
            f"Removes the finalizer {FINALIZER} from every OmeroPlatform and prints what this "
            "means for each. Use it after the operator is removed: a running operator sets the "
            "finalizer again. It can be run more than once. It connects with the pod's service "
            "account, or with the file in KUBECONFIG."
        ),
    )
    parser.add_argument(
        "--namespace",
        action="append",
        dest="namespaces",
        metavar="NAME",
        help="only in this namespace; may be repeated (default: WATCH_NAMESPACES, or all "
        "namespaces if it is empty)",
    )
    parser.set_defaults(command=main)


def main(arguments: argparse.Namespace) -> int:
    """Run the command.

    Args:
        arguments: `namespaces` is the list of `--namespace`, or None.

    Returns:
        0 when no platform has the finalizer any more; 1 when something was refused, which is
        written to standard error.
    """
    namespaces = arguments.namespaces or settings.watched(os.environ)
    return asyncio.run(_release_with_own_connection(namespaces))


async def _release_with_own_connection(namespaces: Sequence[str]) -> int:
    api = await connect()
    try:
        return await release(api, namespaces)
    finally:
        await api.close()


async def release(api: Api, namespaces: Sequence[str]) -> int:
    """Take the finalizer from all platforms.

    Args:
        api: Connection to the API server; it needs to list and to patch platforms.
        namespaces: Where; empty means everywhere.

    Returns:
        The exit code: 1 when a request was refused.
    """
    failed = 0
    for namespace in namespaces or (None,):
        try:
            platforms = await api.list(PLATFORM, namespace)
        except NotFoundError:
            _say("OmeroPlatforms do not exist in this cluster: nothing to do")
            return failed
        except ApiError as error:
            failed = _complain(error)
            continue
        for platform in platforms:
            try:
                line = await _release_one(api, platform)
            except ApiError as error:
                failed = _complain(error)
            else:
                _say(line)
    return failed


async def _release_one(api: Api, platform: Manifest) -> str:
    """Take the finalizer from one platform; the line that says what follows."""
    title = f"{platform['metadata']['namespace']}/{platform['metadata']['name']}"
    if not finalizer.present(platform):
        return f"{title}: has no finalizer of the operator: nothing to do"
    if await finalizer.remove(api, platform) is None:
        return f"{title}: no longer exists"
    return f"{title}: {_consequence(platform)}"


def _consequence(platform: Manifest) -> str:
    claims = [volume["claim"] for volume in platform.get("status", {}).get("dataVolumes", [])]
    data = f"the volumes ({', '.join(claims)})" if claims else "its volumes"
    if platform["metadata"].get("deletionTimestamp"):
        return (
            "its deletion no longer waits for the operator; what is left of its data stays: "
            f"{data} and the generated Secrets. `kubectl delete pvc` deletes a volume "
            "permanently"
        )
    return (
        "finalizer removed; deleting the platform without an operator does not delete its data, "
        f"although deletionPolicy is Delete: {data} and the generated Secrets stay. An operator "
        "that is installed again sets the finalizer again"
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _complain(error: ApiError) -> int:
    sys.stderr.write(f"omero-operator: {error}\n")
    return 1

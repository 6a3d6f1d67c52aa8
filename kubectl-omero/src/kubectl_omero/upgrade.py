"""`kubectl omero upgrade`: a site goes to another release."""

from __future__ import annotations

import argparse
import copy
import json
import sys
from collections.abc import Iterator
from typing import Any

from kubectl_omero import asking, operators, plan, waiting
from kubectl_omero.errors import CANNOT, GOOD, CommandError
from kubectl_omero.kubectl import Kubectl
from kubectl_omero.platforms import KIND, Platform, find

_WAIT_SECONDS = 6 * 3600.0
_CONDITION = "Upgrading"
# How the operator says that an attempt has ended, and not well.
_FAILED = ("UpgradeRefused", "RolledBack", "UpgradeStopped")


def add_to(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.add_argument("name", nargs="?", default="", help="the platform; needed if several")
    parser.add_argument("--to", default="", metavar="VERSION", help="the release to go to")
    parser.add_argument(
        "--dry-run", action="store_true", help="print what would change, change nothing"
    )
    parser.add_argument(
        "--without-plan", action="store_true",
        help="do not ask the operator for the plan, which needs the right to `exec` into its pod",
    )  # fmt: skip
    operators.add_to(parser)
    asking.add_to(parser)
    waiting.add_to(parser, _WAIT_SECONDS)
    parser.epilog = (
        "Without --to it prints the present release, and which one the operator has. It sets "
        "spec.version; `kubectl omero upgrade NAME --to OLD` during an upgrade takes it back."
    )


def run(arguments: argparse.Namespace, kubectl: Kubectl) -> int:
    """Show the plan, ask, set `spec.version`, wait."""
    platform = find(kubectl, arguments.name)
    if not arguments.to:
        sys.stdout.write(f"{_message(platform)}\n")
        return GOOD
    _refuse(platform)
    if not _back(platform, arguments.to) and _release(platform) == arguments.to:
        sys.stdout.write(f"{platform.name} runs release {arguments.to} already\n")
        return GOOD
    if not arguments.without_plan and _plan(arguments, kubectl, platform) == CANNOT:
        return CANNOT
    for line in _summary(platform, arguments.to):
        sys.stdout.write(f"{line}\n")
    if arguments.dry_run:
        return GOOD
    if not asking.agreed(arguments, f"Upgrade {platform.name}?"):
        sys.stdout.write("nothing was changed\n")
        return GOOD
    patch = json.dumps({"spec": {"version": arguments.to}})
    kubectl.text("patch", KIND, platform.name, "--type=merge", f"--patch={patch}")
    sys.stdout.write(f"{platform.name}: spec.version is {arguments.to}\n")
    if not arguments.wait:
        return GOOD
    return waiting.until(
        kubectl,
        platform.name,
        lambda now: now.condition(_CONDITION if _release(now) != arguments.to else "Ready"),
        lambda now: _release(now) == arguments.to and now.condition("Ready").good,
        arguments.timeout,
        lambda now: _why_failed(now, arguments.to),
    )


def _refuse(platform: Platform) -> None:
    """What would keep the operator from going on.

    Raises:
        CommandError: Something does.
    """
    if platform.paused:
        raise CommandError(
            f"{platform.name} is paused, so it would not be upgraded; first `kubectl omero resume`"
        )
    if platform.spec.get("hibernated"):
        raise CommandError(
            f"{platform.name} hibernates, so it would not be upgraded; first `kubectl omero wake`"
        )


def _release(platform: Platform) -> str:
    found = platform.status.get("release") or {}
    return str(found.get("version", ""))


def _operation(platform: Platform) -> dict[str, Any]:
    found: dict[str, Any] = platform.status.get("operation") or {}
    return found


def _back(platform: Platform, version: str) -> bool:
    """Whether this ends an attempt that goes on, or failed."""
    operation = _operation(platform)
    return operation.get("outcome") != "Done" and operation.get("from") == version


def _message(platform: Platform) -> str:
    said = platform.condition(_CONDITION)
    return f"{platform.name}: {said.message}"


def _why_failed(platform: Platform, version: str) -> str:
    """Why it does not come to that release; empty while it may."""
    valid = platform.condition("SpecValid")
    if valid.status == "False":
        return valid.message
    said = platform.condition(_CONDITION)
    ended = said.reason in _FAILED and _operation(platform).get("to") == version
    return said.message if ended else ""


def _plan(arguments: argparse.Namespace, kubectl: Kubectl, platform: Platform) -> int:
    changed = copy.deepcopy(platform.resource)
    changed.pop("status", None)
    changed["metadata"].pop("managedFields", None)
    changed["spec"] = {**platform.spec, "version": arguments.to}
    return plan.shown(kubectl, arguments.operator_namespace, json.dumps(changed))


def _summary(platform: Platform, version: str) -> Iterator[str]:
    if _back(platform, version):
        yield f"Upgrade  is taken back: {platform.name} stays on {version}, if that is safe"
        return
    yield f"Upgrade  {platform.name} from {_release(platform) or 'an unknown release'} to {version}"
    settings = platform.spec.get("upgrade") or {}
    verified = (platform.status.get("backup") or {}).get("lastVerified")
    if settings.get("backup") == "Skip":
        yield "Backup   spec.upgrade.backup is Skip: none is waited for"
    elif not (platform.spec.get("backup") or {}).get("enabled"):
        yield (
            "Backup   spec.backup is not on, so an upgrade of OMERO.server or PostgreSQL would "
            "wait without end; spec.upgrade.backup: Skip upgrades without one"
        )
    else:
        hours = settings.get("maxBackupAgeHours", 24)
        yield (
            f"Backup   the last verified one is of {verified or 'never'}; one of the last {hours} "
            "hours is needed if OMERO.server or PostgreSQL changes: `kubectl omero backup`"
        )
    yield "Users    are logged out while it runs; jobs that run are waited for"

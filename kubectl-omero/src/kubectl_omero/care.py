"""`pause`, `resume`, `hibernate` and `wake`: each one field of the platform."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable

from kubectl_omero import waiting
from kubectl_omero.errors import GOOD, CommandError
from kubectl_omero.kubectl import Kubectl
from kubectl_omero.platforms import KIND, PAUSED, Platform, find

# Pods of Jobs that ended stay, so that their logs can be read.
_RUN = "--field-selector=status.phase!=Succeeded,status.phase!=Failed"

Command = Callable[[argparse.Namespace, Kubectl], int]


def add_to(parser: argparse.ArgumentParser) -> None:
    """The arguments of all four."""
    parser.add_argument("name", nargs="?", default="", help="the platform; needed if several")
    waiting.add_to(parser)


def pause(arguments: argparse.Namespace, kubectl: Kubectl) -> int:
    """The operator changes nothing of the site until it is resumed."""
    platform = find(kubectl, arguments.name)
    _annotate(kubectl, platform, f"{PAUSED}=true")
    _say(f"{platform.name}: the operator changes nothing until `kubectl omero resume`")
    return _waited(
        arguments, kubectl, platform, "Paused", lambda now: now.condition("Paused").status == "True"
    )


def resume(arguments: argparse.Namespace, kubectl: Kubectl) -> int:
    """The operator cares for the site again."""
    platform = find(kubectl, arguments.name)
    if not platform.paused:
        _say(f"{platform.name} was not paused")
        return GOOD
    _annotate(kubectl, platform, f"{PAUSED}-")
    _say(f"{platform.name}: the operator cares for it again")
    return _waited(arguments, kubectl, platform, "Ready", lambda now: now.condition("Paused").good)


def hibernate(arguments: argparse.Namespace, kubectl: Kubectl) -> int:
    """Every pod goes; the data stays."""
    platform = _not_paused(find(kubectl, arguments.name), "hibernate")
    _set(kubectl, platform, {"hibernated": True})
    _say(f"{platform.name}: every pod is stopped; the data stays. Undo: `kubectl omero wake`")
    return _waited(
        arguments, kubectl, platform, "Ready",
        lambda now: now.condition("Ready").reason == "Hibernated"
        and not kubectl.items("pods", f"--selector={now.pods}", _RUN),
    )  # fmt: skip


def wake(arguments: argparse.Namespace, kubectl: Kubectl) -> int:
    """The pods come back."""
    platform = _not_paused(find(kubectl, arguments.name), "wake up")
    if not platform.spec.get("hibernated"):
        _say(f"{platform.name} does not hibernate")
        return GOOD
    # null takes the field away: what GitOps tools compare has no word of it any more.
    _set(kubectl, platform, {"hibernated": None})
    _say(f"{platform.name} starts")
    return _waited(arguments, kubectl, platform, "Ready", lambda now: now.condition("Ready").good)


def _not_paused(platform: Platform, what: str) -> Platform:
    if platform.paused:
        raise CommandError(
            f"{platform.name} is paused, so it would not {what}; first `kubectl omero resume`"
        )
    return platform


def _annotate(kubectl: Kubectl, platform: Platform, change: str) -> None:
    kubectl.text("annotate", KIND, platform.name, change, "--overwrite")


def _set(kubectl: Kubectl, platform: Platform, spec: dict[str, object]) -> None:
    """Change fields of the specification, and no others."""
    patch = json.dumps({"spec": spec})
    kubectl.text("patch", KIND, platform.name, "--type=merge", f"--patch={patch}")


def _waited(
    arguments: argparse.Namespace,
    kubectl: Kubectl,
    platform: Platform,
    shown: str,
    done: Callable[[Platform], bool],
) -> int:
    if not arguments.wait:
        return GOOD
    return waiting.until(
        kubectl, platform.name, lambda now: now.condition(shown), done, arguments.timeout
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()

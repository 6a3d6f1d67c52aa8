"""`kubectl omero bundle`: what somebody needs to help from afar, without secrets."""

from __future__ import annotations

import argparse
import datetime
import json
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from kubectl_omero import __version__, operators
from kubectl_omero.errors import GOOD, CommandError
from kubectl_omero.kubectl import ForbiddenError, Kubectl
from kubectl_omero.platforms import KIND, Platform, find
from kubectl_omero.secret_values import SecretValues, masked

# What a site is made of, besides Secrets.
_KINDS = (
    "deployments", "statefulsets", "jobs", "cronjobs", "pods", "services", "ingresses",
    "persistentvolumeclaims", "configmaps", "networkpolicies", "poddisruptionbudgets",
    "serviceaccounts",
)  # fmt: skip
# Of one container: enough for a day, and a bundle that fits into a mail.
_LOG_LINES = 20_000
_LOG_BYTES = 8 << 20


def add_to(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.add_argument("name", nargs="?", default="", help="the platform; needed if several")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE",
        help="a new .tar.gz file (default: NAME-support-DATE.tar.gz in this folder)",
    )  # fmt: skip
    operators.add_to(parser)
    parser.add_argument(
        "--without-secret-search", action="store_true",
        help="go on where your account may not read Secrets; their values are then not looked for "
        "in the logs",
    )  # fmt: skip
    parser.epilog = (
        "Values of Secrets are never in a bundle: each that is found in an object or a log is "
        "replaced by its name. Look through a bundle before you send it: logs name users, "
        "files and addresses."
    )


def run(arguments: argparse.Namespace, kubectl: Kubectl) -> int:
    """Write it."""
    platform = find(kubectl, arguments.name)
    today = datetime.datetime.now().strftime("%Y-%m-%d-%H%M%S")
    file = arguments.output or Path(f"{platform.name}-support-{today}.tar.gz")
    if file.exists():
        raise CommandError(f"{file} exists; name another with --output")
    values = _secrets(kubectl, arguments.without_secret_search)
    unfinished = file.with_name(f"{file.name}.part")
    try:
        with tempfile.TemporaryDirectory(prefix="kubectl-omero-") as folder:
            collected = _Collected(kubectl, Path(folder), values)
            _collect(collected, platform, arguments.operator_namespace)
            collected.note()
            with tarfile.open(unfinished, "x:gz") as archive:
                archive.add(folder, arcname=file.name.removesuffix(".tar.gz"))
        unfinished.rename(file)
    except OSError as error:
        raise CommandError(f"{file} could not be written: {error}") from error
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()
    sys.stdout.write(f"{file} ({file.stat().st_size / 1e6:.1f} MB)\n")
    return GOOD


def _secrets(kubectl: Kubectl, go_on: bool) -> SecretValues:
    try:
        return SecretValues(kubectl.items("secrets"))
    except ForbiddenError as error:
        if go_on:
            return SecretValues([])
        raise CommandError(
            f"your account may not read Secrets of {kubectl.namespace}, so their values cannot be "
            f"looked for in the logs ({error}). Ask somebody who may, or go on with "
            "--without-secret-search and read the bundle before you send it"
        ) from error


class _Collected:
    """The files of a bundle, and what could not be had."""

    def __init__(self, kubectl: Kubectl, folder: Path, values: SecretValues) -> None:
        self.kubectl = kubectl
        self._folder = folder
        self._values = values
        self._missing: dict[str, str] = {}

    def add(self, name: str, read: Callable[[], str]) -> None:
        """Write a file without secrets; where it cannot be had, write down why."""
        sys.stderr.write(f"  {name}\n")
        try:
            text = read()
        except CommandError as error:
            self._missing[name] = self._values.without(str(error))
            return
        file = self._folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self._values.without(text), encoding="utf-8")

    def note(self) -> None:
        """What is here, from when, and what is missing."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        said = {"kubectl-omero": __version__, "collected": now, "missing": self._missing}
        (self._folder / "bundle.json").write_text(json.dumps(said, indent=1), encoding="utf-8")
        if self._missing:
            sys.stderr.write(f"{len(self._missing)} parts could not be had; see bundle.json\n")


def _collect(files: _Collected, platform: Platform, operator_namespace: str) -> None:
    kubectl = files.kubectl
    files.add("version.json", lambda: kubectl.text("version", "--output=json", namespace=""))
    files.add("nodes.txt", lambda: kubectl.text("get", "nodes", "--output=wide", namespace=""))
    files.add("platform.json", lambda: _text(platform.resource))
    files.add("platform.txt", lambda: kubectl.text("describe", KIND, platform.name))
    own = f"--selector=app.kubernetes.io/instance={platform.name}"
    files.add("events.json", lambda: _text(kubectl.json("get", "events")))
    for kind in _KINDS:
        files.add(f"objects/{kind}.json", lambda kind=kind: _text(kubectl.json("get", kind, own)))  # type: ignore[misc]
    files.add("objects/secrets.json", lambda: _text(list(_without_values(kubectl, own))))
    files.add("pods.txt", lambda: kubectl.text("describe", "pods", f"--selector={platform.pods}"))
    _logs(files, kubectl.namespace, f"--selector={platform.pods}", "logs")
    try:
        found = operators.find(kubectl, operator_namespace)
    except CommandError as error:
        files.add("operator", lambda error=error: _raise(error))  # type: ignore[misc]
        return
    selector = "--selector=app.kubernetes.io/name=omero-operator"
    place = found.namespace
    files.add(
        "operator/pods.json",
        lambda: _text(kubectl.json("get", "pods", selector, namespace=place)),
    )
    _logs(files, place, selector, "operator/logs")


def _logs(files: _Collected, namespace: str, selector: str, folder: str) -> None:
    kubectl = files.kubectl
    try:
        pods = kubectl.items("pods", selector, namespace=namespace)
    except CommandError as error:
        files.add(folder, lambda error=error: _raise(error))  # type: ignore[misc]
        return
    limits = (f"--tail={_LOG_LINES}", f"--limit-bytes={_LOG_BYTES}", "--timestamps")
    for pod, container, restarted in _containers(pods):
        kinds = [("", ()), (".previous", ("--previous",))] if restarted else [("", ())]
        for name, previous in kinds:
            command = ("logs", pod, f"--container={container}", *limits, *previous)
            files.add(
                f"{folder}/{pod}/{container}{name}.log",
                lambda command=command: kubectl.text(*command, namespace=namespace),  # type: ignore[misc]
            )


def _containers(pods: list[dict[str, Any]]) -> Iterator[tuple[str, str, bool]]:
    """Pod, container, whether it was restarted."""
    for pod in pods:
        state = pod.get("status", {})
        for each in (*state.get("initContainerStatuses", []), *state.get("containerStatuses", [])):
            yield pod["metadata"]["name"], each["name"], each["restartCount"] > 0


def _without_values(kubectl: Kubectl, own: str) -> Iterator[dict[str, Any]]:
    """Secrets with the names of their keys and the sizes of their values."""
    for secret in kubectl.items("secrets", own):
        metadata = secret["metadata"]
        annotations = metadata.get("annotations") or {}
        # kubectl apply writes the whole object, with its values, into this one.
        annotations.pop("kubectl.kubernetes.io/last-applied-configuration", None)
        data = {
            key: f"{len(value)} characters" for key, value in (secret.get("data") or {}).items()
        }
        yield {"metadata": metadata, "type": secret.get("type"), "data": data}


def _text(item: Any) -> str:
    return json.dumps(masked(item), indent=1, ensure_ascii=False)


def _raise(error: CommandError) -> str:
    raise error

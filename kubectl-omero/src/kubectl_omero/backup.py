"""`kubectl omero backup`: start a backup now, follow it, list those that are there."""

from __future__ import annotations

import argparse
import copy
import datetime
import json
import secrets
import sys
import time
from typing import Any

from kubectl_omero import waiting, wording
from kubectl_omero.errors import GOOD, NOT_GOOD, CommandError
from kubectl_omero.kubectl import Kubectl
from kubectl_omero.platforms import GROUP, KIND, Condition, Platform, find

_NOW = f"{GROUP}/backup"
# The first backup of many terabytes takes days; nobody waits longer than a Job may run.
_WAIT_SECONDS = 3 * 24 * 3600.0
_LIST_SECONDS = 300
_PAUSE_SECONDS = 2.0
_PREFIX = "omero-backup: "


def add_to(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.add_argument("name", nargs="?", default="", help="the platform; needed if several")
    parser.add_argument(
        "--list", action="store_true", help="print the complete backups, start none"
    )
    parser.add_argument(
        "-f", "--follow", action="store_true", help="with --wait: print what the backup says"
    )
    waiting.add_to(parser, _WAIT_SECONDS)
    parser.epilog = (
        "With --wait, the exit code is 0 when the backup is complete and, unless "
        "spec.backup.verify is off, verified; 1 when it failed or took too long. --list starts a "
        "Job that reads the destination, and deletes it."
    )


def run(arguments: argparse.Namespace, kubectl: Kubectl) -> int:
    """Ask the operator for a backup, or list those that are there."""
    platform = find(kubectl, arguments.name)
    if not (platform.spec.get("backup") or {}).get("enabled"):
        raise CommandError(
            f"{platform.name} makes no backups: spec.backup.enabled is not set, and spec.backup "
            "says where they go"
        )
    if arguments.list:
        return _list(kubectl, platform)
    what = "is paused" if platform.paused else "hibernates" if _sleeps(platform) else ""
    if what:
        raise CommandError(f"{platform.name} {what}, so no backup would be made")
    before = _last(platform).get("lastRun", "")
    # Each value is one backup; two people in the same second make one.
    word = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    kubectl.text("annotate", KIND, platform.name, f"{_NOW}={word}", "--overwrite")
    _say(f"{platform.name}: the operator starts a backup")
    if not (arguments.wait or arguments.follow):
        return GOOD
    if arguments.follow:
        _follow(kubectl, platform, before, arguments.timeout)
    return waiting.until(
        kubectl,
        platform.name,
        _progress,
        lambda now: _ended(now, before) == "Succeeded",
        arguments.timeout,
        lambda now: _why_failed(now, before),
    )


def _sleeps(platform: Platform) -> bool:
    return bool(platform.spec.get("hibernated"))


def _last(platform: Platform) -> dict[str, Any]:
    found: dict[str, Any] = platform.status.get("backup") or {}
    return found


def _ended(platform: Platform, before: str) -> str:
    """The result of a run that began after `before`; empty while there is none."""
    last = _last(platform)
    result = str(last.get("lastResult", ""))
    return result if last.get("lastRun", "") > before and result != "Running" else ""


def _why_failed(platform: Platform, before: str) -> str:
    result = _ended(platform, before)
    if result in ("", "Succeeded"):
        return ""
    said = _last(platform).get("message") or "its pod left no message"
    return f"the backup of {platform.name} {result.lower()}: {said}"


def _progress(platform: Platform) -> Condition:
    """What is shown meanwhile: the run, as long as there is one, else what the operator says."""
    last = _last(platform)
    if last.get("lastResult") == "Running":
        return Condition("Backup", "Running", "Running", f"since {last.get('lastRun')}", "")
    return platform.condition("BackupHealthy")


def _follow(kubectl: Kubectl, platform: Platform, before: str, seconds: float) -> None:
    """Print the logs of the run's pods until it has ended; a Job makes up to three of them."""
    end, seen = time.monotonic() + seconds, set[str]()
    while not _ended(find(kubectl, platform.name), before) and time.monotonic() < end:
        for pod in _pods(kubectl, platform, before):
            name = pod["metadata"]["name"]
            if name not in seen and pod["status"].get("phase") != "Pending":
                seen.add(name)
                kubectl.shown("logs", "--follow", name)
        time.sleep(_PAUSE_SECONDS)


def _pods(kubectl: Kubectl, platform: Platform, after: str) -> list[dict[str, Any]]:
    selector = f"--selector={platform.pods},app.kubernetes.io/component=backup"
    every = kubectl.items("pods", selector)
    return [each for each in every if each["metadata"]["creationTimestamp"] > after]


# --- the list -------------------------------------------------------------------------------------


def _list(kubectl: Kubectl, platform: Platform) -> int:
    """The backups as the destination has them: read by a Job with the settings of the schedule."""
    cron_job = kubectl.json("get", "cronjob", f"{platform.name}-backup")
    job = _reader(cron_job, f"{platform.name}-backup-list-{secrets.token_hex(3)}")
    name = job["metadata"]["name"]
    kubectl.text("create", "--filename=-", stdin=json.dumps(job))
    try:
        ended = _until_ended(kubectl, name)
        said = kubectl.text("logs", f"job/{name}", "--tail=-1")
    finally:
        kubectl.text("delete", "job", name, "--wait=false")
    for line in said.splitlines():
        _say(wording.plain(line.removeprefix(_PREFIX)))
    return GOOD if ended == "Complete" else NOT_GOOD


def _reader(cron_job: dict[str, Any], name: str) -> dict[str, Any]:
    """The Job: a backup's pod with another command, which needs neither /OMERO nor its node."""
    spec = copy.deepcopy(cron_job["spec"]["jobTemplate"]["spec"])
    template = spec["template"]
    pod = template["spec"]
    pod.pop("affinity", None)
    pod["volumes"] = [each for each in pod["volumes"] if each["name"] != "data"]
    (container,) = pod["containers"]
    container["args"] = ["list"]
    container["volumeMounts"] = [
        each for each in container["volumeMounts"] if each["name"] != "data"
    ]
    limits = {"backoffLimit": 0, "activeDeadlineSeconds": _LIST_SECONDS}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        # Without the site's labels: for the operator it is no run of a backup.
        "metadata": {"name": name, "labels": {"app.kubernetes.io/managed-by": "kubectl-omero"}},
        "spec": {**limits, "ttlSecondsAfterFinished": _LIST_SECONDS, "template": template},
    }


def _until_ended(kubectl: Kubectl, name: str) -> str:
    """How the Job ends."""
    end = time.monotonic() + _LIST_SECONDS + 30
    while time.monotonic() < end:
        conditions = kubectl.json("get", "job", name).get("status", {}).get("conditions", [])
        for each in conditions:
            if each["type"] in ("Complete", "Failed") and each["status"] == "True":
                return str(each["type"])
        time.sleep(_PAUSE_SECONDS)
    raise CommandError(
        f"Job {name} did not end within {_LIST_SECONDS} s; its pod may have no node, or cannot "
        "mount the destination"
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()

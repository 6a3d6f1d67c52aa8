"""The demo's people and images: a Secret with passwords, and a Job that makes the rest in OMERO."""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any, Final

from omero_ci.kubectl import Kubectl, has_condition
from omero_ci.paths import ROOT
from omero_ci.try_it import OTHERS, SCIENTIST
from tools.common.errors import CommandError
from tools.common.wait import wait_until

MANIFEST: Final = ROOT / "manifests" / "demo" / "data.yaml"
JOB: Final = "demo-data"
# A password by each user's name.
SECRET: Final = "demo-people"  # noqa: S105 - its name
# The stand-in, which the site of the demo runs.
_SERVER: Final = "demo-server"
WITHIN: Final = 600.0


def make_data(kubectl: Kubectl, namespace: str) -> str:
    """Make people and images in the demo's site, which is ready.

    Made before, they stay as they are, and passwords that a person has deleted are made anew.

    Args:
        kubectl: an administrator's client.
        namespace: where the platform `demo` is.

    Returns:
        What the Job said.

    Raises:
        CommandError: the Job failed, or was not in time; with what it said.
    """
    _make_passwords(kubectl, namespace)
    server = kubectl.get(namespace, "statefulset", _SERVER)
    image = server["spec"]["template"]["spec"]["containers"][0]["image"]
    with_image = ("set", "image", "--local", "--filename", str(MANIFEST), f"{JOB}={image}")
    job = json.loads(kubectl.run(*with_image, "--output", "json"))
    # A Job runs once: for another image, or to have it look again, it is made anew.
    kubectl.run("delete", "job", JOB, "--namespace", namespace, "--ignore-not-found", "--wait")
    kubectl.run("create", "--namespace", namespace, "--filename", "-", text=json.dumps(job))
    return _wait(kubectl, namespace)


def _make_passwords(kubectl: Kubectl, namespace: str) -> None:
    """Fill the Secret: who has a password keeps it."""
    found = kubectl.run(
        *("get", "secret", SECRET, "--namespace", namespace),
        *("--ignore-not-found", "--output", "json"),
    )
    data: dict[str, str] = json.loads(found).get("data", {}) if found.strip() else {}
    missing = {SCIENTIST, *OTHERS} - data.keys()
    if not missing:
        return
    for name in missing:
        data[name] = base64.b64encode(secrets.token_hex(16).encode()).decode("ascii")
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": SECRET, "labels": {"app.kubernetes.io/name": JOB}},
        "data": data,
    }
    # On the server's side: the client's way would write the passwords into an annotation too.
    apply = ("apply", "--server-side", "--force-conflicts", "--namespace", namespace)
    kubectl.run(*apply, "--filename", "-", text=json.dumps(secret))


def _wait(kubectl: Kubectl, namespace: str) -> str:
    try:
        ended = wait_until(
            lambda: _ended(kubectl.get(namespace, "job", JOB)), WITHIN, str, pause=0.5
        )
    except CommandError as error:
        ended = f"has not ended: {error}"
    if ended == "Complete":
        return kubectl.run("logs", f"job/{JOB}", "--namespace", namespace).strip()
    # Of all its pods, and why there are none where there are none.
    words = ("logs", "--selector", f"job-name={JOB}", "--prefix", "--namespace", namespace)
    happened = kubectl.run("events", "--for", f"job/{JOB}", "--namespace", namespace)
    raise CommandError(
        f"the Job {JOB}, which makes the demo's people and images, "
        f"{'failed' if ended == 'Failed' else ended}; it said:\n"
        f"{kubectl.run(*words).strip()}\n{happened.strip()}"
    )


def _ended(job: dict[str, Any]) -> str:
    """`Complete`, `Failed`, or nothing while it runs."""
    return next((state for state in ("Complete", "Failed") if has_condition(job, state)), "")

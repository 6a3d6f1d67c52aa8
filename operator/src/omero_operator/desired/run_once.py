"""Jobs that run once: the bootstrap, and the steps of operations. One module for all of them.

A Job cannot be changed, so its name says what it is for: it ends with a digest of its input, or
with the id of the operation that it belongs to. Another input is another Job; the one before is no
longer in the plan and is pruned. Whoever looks later finds the same Job by the same name, so an
operator that was killed neither repeats nor forgets one.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from omero_operator.desired.context import Context
from omero_operator.desired.digest import digest
from omero_operator.identity.kinds import JOB, Manifest
from omero_operator.state import rollout
from omero_operator.state.observed import Observed

# Kubernetes waits 10, 20, 40 … seconds between the attempts; then a person has to look.
RETRIES = 6
# What `name` adds behind the prefix; names of Jobs may have 63 characters.
DIGITS = 8

State = Literal["absent", "suspended", "running", "done", "failed"]


@dataclass(frozen=True)
class Outcome:
    """How far a Job is.

    Attributes:
        state: `absent` before it was created, `suspended` while it waits, then `running`, and
            `done` or `failed`.
        words: What the latest of its pods left as termination message, if any did; while it runs,
            of those that failed. Of a Job that failed without such words, what Kubernetes says.
    """

    state: State
    words: str = ""


def name(prefix: str, inputs: Any) -> str:
    """Name of the Job for these inputs.

    Args:
        prefix: What it is for; at most 54 characters.
        inputs: JSON-like data that the Job's result depends on, its pod template included.
    """
    return f"{prefix}-{digest(inputs, DIGITS)}"


def job(
    ctx: Context,
    job_name: str,
    component: str,
    template: Manifest,
    *,
    run: bool = True,
    retries: int = RETRIES,
    seconds: int | None = None,
) -> Manifest:
    """The manifest of a Job.

    Args:
        ctx: Build context.
        job_name: Its name, see `name`.
        component: The component it belongs to.
        template: Its pods; a restart policy of `Never` leaves each attempt's pod to be looked at.
        run: Whether it may start; else it is suspended, and later resumed.
        retries: Attempts after the first.
        seconds: After how long Kubernetes ends it and says that it failed; None for no limit.
    """
    limit = {} if seconds is None else {"activeDeadlineSeconds": seconds}
    spec = {"suspend": not run, "backoffLimit": retries, **limit, "template": template}
    return ctx.manifest(JOB, job_name, component, spec=spec)


def outcome(observed: Observed, job_name: str, component: str) -> Outcome:
    """How far a Job is, by the Job itself and its pods.

    Args:
        observed: What the cluster shows.
        job_name: Its name.
        component: The component it belongs to.
    """
    found = observed.child(JOB, job_name)
    if found is None:
        return Outcome("absent")
    match rollout.finished(found):
        case "Complete":
            return Outcome("done", _last_words(observed, job_name, component))
        case "Failed":
            words = _last_words(observed, job_name, component)
            return Outcome("failed", words or rollout.failure(found))
    # The pod that has done the work ends a moment before its Job.
    words = _last_words(observed, job_name, component, failed_only=True)
    return Outcome("suspended" if found["spec"].get("suspend") else "running", words)


def pods(observed: Observed, job_name: str, component: str) -> list[Manifest]:
    """The pods of a Job, and not those of one before it."""
    label = "batch.kubernetes.io/job-name"
    return [
        pod
        for pod in observed.pods_of(component)
        if pod["metadata"]["labels"].get(label) == job_name
    ]


def plain(words: str) -> str:
    """Last words as one line for people: a program's own error, or the end of what it wrote."""
    try:
        answer = json.loads(words)
    except ValueError:
        answer = None
    if isinstance(answer, dict) and "error" in answer:
        return str(answer["error"])
    lines = words.strip().splitlines()
    return lines[-1] if lines else ""


def retry(job_name: str) -> str:
    """What a person does to have a failed Job run again, as the end of a message."""
    return f"then `kubectl delete job {job_name}` to try again"


def _last_words(
    observed: Observed, job_name: str, component: str, *, failed_only: bool = False
) -> str:
    """The termination message of the latest pod that left one."""

    def messages() -> Iterator[str]:
        own = pods(observed, job_name, component)
        for pod in sorted(own, key=lambda p: str(p["metadata"]["creationTimestamp"]), reverse=True):
            for container in pod["status"].get("containerStatuses", ()):
                ended = container["state"].get("terminated", {})
                if not failed_only or ended.get("exitCode") != 0:
                    yield ended.get("message", "").strip()

    return next(filter(None, messages()), "")

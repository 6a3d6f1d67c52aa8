"""What the containers of a pod that is not ready are doing, or ended with."""

import re
from collections.abc import Iterator, Sequence

from omero_operator.identity.kinds import Manifest
from omero_operator.state.condition import ConditionValue, progressing
from omero_operator.state.observed import Observed, words

_PULL = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull")
_CONFIG = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError")

# Reasons of a pod's Events that say why a container is not made yet, or not ready yet.
_NOT_MADE = (
    "FailedMount",
    "FailedAttachVolume",
    "FailedMapVolume",
    "FailedCreatePodSandBox",
    "NetworkNotReady",
)
_NOT_READY = ("Unhealthy", "ProbeError")

# A probe that knows more than that it failed says so in one word for programs first.
_NAMED = re.compile(r"probe failed: (?P<reason>(?:[A-Z][a-z]+){2,}): (?P<message>.*)", re.DOTALL)


def unready(pod: Manifest, observed: Observed) -> Iterator[ConditionValue]:
    """What each container of a pod that is not ready shows.

    Init containers run one after the other and before the rest: the first that is not done speaks
    for the pod.
    """
    status = pod["status"]
    for container in status.get("initContainerStatuses", []):
        if not _is_done(container):
            yield _shown(pod, "init container", container, observed)
            return
    for container in status.get("containerStatuses", []):
        if not container["ready"]:
            yield _shown(pod, "container", container, observed)


def have_done_their_work(pod: Manifest) -> bool:
    """Whether all containers of a Job's pod ended well; Kubernetes soon says so of the pod."""
    ended = [
        each["state"].get("terminated", {}) for each in pod["status"].get("containerStatuses", [])
    ]
    return _runs_once(pod) and bool(ended) and all(each.get("exitCode") == 0 for each in ended)


def _is_done(container: Manifest) -> bool:
    """Whether an init container ended well; one that goes on beside the others has only begun."""
    state = container["state"]
    if "terminated" in state:
        return bool(state["terminated"]["exitCode"] == 0)
    return bool(container.get("started") and "running" in state)


def _runs_once(pod: Manifest) -> bool:
    return bool(pod["spec"].get("restartPolicy") == "Never")


def _shown(pod: Manifest, word: str, container: Manifest, observed: Observed) -> ConditionValue:
    name = pod["metadata"]["name"]
    title = f"{word} {container['name']} of pod {name}"
    state = container["state"]
    waiting = state.get("waiting", {})
    reason, detail = waiting.get("reason"), waiting.get("message", "")
    if reason in _PULL:
        return ConditionValue(
            "False",
            "ImageCannotBePulled",
            f"image '{container['image']}' of pod {name} cannot be pulled "
            f"({detail or reason}); check its name in spec.images or the operator's chart, "
            "and spec.images.pullSecrets",
        )
    if reason in _CONFIG:
        return ConditionValue("False", reason, f"{title}: {detail}")
    if reason == "CrashLoopBackOff" or "terminated" in state:
        return _crashed(pod, title, container)
    if "running" not in state:
        why = _quoted(pod, container, _NOT_MADE, observed)
        return progressing(f"{title} is being created{why}")
    if container["restartCount"] > 1:
        return _crashed(pod, title, container)
    since = state["running"].get("startedAt")
    running = f"{title} has been running since {since}" if since else f"{title} is running"
    if word == "init container":
        return progressing(running)
    probe = _quoted(pod, container, _NOT_READY, observed)
    if named := _NAMED.search(probe):
        return ConditionValue("False", named["reason"], f"{title}: {named['message']}")
    before = f"; before that, it {_ended(pod, container)}" if _last(container) else ""
    return progressing(f"{running} but is not ready{probe}{before}")


def _crashed(pod: Manifest, title: str, container: Manifest) -> ConditionValue:
    """The state of a container that ended and is being restarted."""
    repeated = container["restartCount"] > 1
    waits = container["state"].get("waiting", {}).get("reason") == "CrashLoopBackOff"
    # A container that runs once has no earlier one.
    previous = "" if _runs_once(pod) else " --previous"
    message = (
        f"{title} {_ended(pod, container)}; read `kubectl logs {pod['metadata']['name']} "
        f"-c {container['name']}{previous}`"
    )
    if repeated or waits:
        return ConditionValue("False", "CrashLooping", message)
    return progressing(message)


def _ended(pod: Manifest, container: Manifest) -> str:
    """How often and how a container ended, with its last words."""
    ended = _last(container)
    lines = ended.get("message", "").strip().splitlines()
    said = f": {lines[-1]}" if lines else ""
    how = f" ({ended.get('reason', 'exit')}, code {ended['exitCode']})" if ended else ""
    # A run that goes on has not ended.
    ends = container["restartCount"] + ("running" not in container["state"])
    times = {1: "exited once", 2: "exited twice"}.get(ends, "keeps exiting")
    returns = ends < 3 and "running" not in container["state"] and not _runs_once(pod)
    again = " and is being restarted" if returns else ""
    return f"{times}{how}{again}{_memory(pod, container, ended)}{said}"


def _memory(pod: Manifest, container: Manifest, ended: Manifest) -> str:
    if ended.get("reason") != "OOMKilled":
        return ""
    spec = pod["spec"]
    (own,) = [
        each
        for each in (*spec.get("initContainers", ()), *spec["containers"])
        if each["name"] == container["name"]
    ]
    memory = own["resources"].get("limits", {}).get("memory")
    limit = f" of {memory}" if memory else ""
    return f", because it needs more memory than its limit{limit} (spec.*.resources.limits.memory)"


def _last(container: Manifest) -> Manifest:
    """How a container ended last; empty where it never did."""
    state, before = container["state"], container["lastState"]
    last: Manifest = state.get("terminated") or before.get("terminated", {})
    return last


def _quoted(pod: Manifest, container: Manifest, reasons: Sequence[str], observed: Observed) -> str:
    """The words of the newest Event with one of these reasons, on this container or its pod."""
    for event in observed.events_on(pod):
        # Such as `spec.containers{worker}`; an Event on the whole pod has none.
        field = event["involvedObject"].get("fieldPath", "")
        ours = not field or field.endswith(f"{{{container['name']}}}")
        if ours and event.get("reason") in reasons:
            return f": {words(event)}"
    return ""

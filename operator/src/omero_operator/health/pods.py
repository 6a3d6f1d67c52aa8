"""Why a pod does not run, in words that name the object and the cure."""

from collections.abc import Iterable, Iterator

from omero_operator.health.condition import ConditionValue
from omero_operator.identity.kinds import Manifest

_PULL = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull")
_CONFIG = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError")


def trouble(pods: Iterable[Manifest]) -> ConditionValue | None:
    """The first known reason why a pod of a component does not run; None where there is none."""
    for pod in pods:
        for verdict in (*_unscheduled(pod), *_waiting(pod)):
            return verdict
    return None


def _unscheduled(pod: Manifest) -> Iterator[ConditionValue]:
    for condition in pod.get("status", {}).get("conditions", []):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            yield ConditionValue(
                "False",
                "Unschedulable",
                f"pod {pod['metadata']['name']} fits no node: {condition.get('message', '')} "
                "Add capacity, lower spec.*.resources, or check storage and spec.scheduling.",
            )


def _waiting(pod: Manifest) -> Iterator[ConditionValue]:
    status = pod.get("status", {})
    name = pod["metadata"]["name"]
    containers = [
        *status.get("initContainerStatuses", []),
        *status.get("containerStatuses", []),
    ]
    for container in containers:
        waiting = container.get("state", {}).get("waiting", {})
        reason, detail = waiting.get("reason", ""), waiting.get("message", "")
        if reason in _PULL:
            yield ConditionValue(
                "False",
                "ImageCannotBePulled",
                f"image '{container['image']}' of pod {name} cannot be pulled "
                f"({detail or reason}); check its name in spec.images or the operator's chart, "
                "and spec.images.pullSecrets",
            )
        elif reason in _CONFIG:
            yield ConditionValue(
                "False", reason, f"container {container['name']} of {name}: {detail}"
            )
        elif reason == "CrashLoopBackOff":
            yield ConditionValue(
                "False",
                "CrashLooping",
                f"container {container['name']} of pod {name} ends again and again"
                f"{_last_words(container)}; read `kubectl logs {name} -c {container['name']} "
                "--previous`",
            )


def _last_words(container: Manifest) -> str:
    ended = container.get("lastState", {}).get("terminated", {})
    if not ended:
        return ""
    words = str(ended.get("message", "")).strip().splitlines()
    said = f": {words[-1]}" if words else ""
    return f" ({ended.get('reason', 'exit')}, code {ended.get('exitCode')}){said}"

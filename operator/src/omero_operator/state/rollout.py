"""Whether a workload runs what it was last told to run."""

from collections.abc import Sequence

from omero_operator.identity.kinds import STATEFUL_SET, Manifest


def wanted(workload: Manifest) -> int:
    """Replicas that the workload shall have; the API server's default is 1."""
    return int(workload["spec"].get("replicas", 1))


def ready(workload: Manifest) -> int:
    """Replicas that answer their readiness probe."""
    return count(workload, "readyReplicas")


def count(workload: Manifest, key: str) -> int:
    """One of the numbers in the status; Kubernetes leaves out those that are zero."""
    return int(_status(workload).get(key, 0))


def seen(workload: Manifest) -> bool:
    """Whether the controller has seen the latest generation; else its numbers speak of the past."""
    return count(workload, "observedGeneration") >= int(workload["metadata"]["generation"])


def lacks_pods(workload: Manifest) -> bool:
    """Whether fewer pods exist than there shall be of the latest template."""
    return count(workload, "updatedReplicas") < wanted(workload)


def complete(workload: Manifest) -> bool:
    """Whether all replicas run the latest template and are ready.

    Holds for StatefulSets and Deployments.
    """
    numbers = {count(workload, key) for key in ("updatedReplicas", "readyReplicas", "replicas")}
    return seen(workload) and numbers == {wanted(workload)}


def under_way(workload: Manifest) -> bool:
    """Whether a change of the pods has not arrived yet; also one that does not get ready.

    Neither is a new workload, which has no pods yet that could change, nor one whose pods are not
    ready later, such as on a node that is lost.
    Kubernetes' controllers note the arrival: a StatefulSet's in its revisions, a Deployment's as
    the reason of its condition.
    """
    new = not count(workload, "observedGeneration")
    if new or not wanted(workload):
        return False
    if not seen(workload):
        return True
    if workload["kind"] == STATEFUL_SET.name:
        revisions = {_status(workload).get(key) for key in ("currentRevision", "updateRevision")}
        return len(revisions) > 1
    reasons = [each.get("reason") for each in conditions(workload) if each["type"] == "Progressing"]
    return not complete(workload) and reasons != ["NewReplicaSetAvailable"]


def pod_ready(pod: Manifest) -> bool:
    """Whether a pod says that it is ready."""
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions(pod))


def finished(job: Manifest) -> str:
    """`Complete`, `Failed`, or empty while a Job goes on."""
    for condition in conditions(job):
        if condition["status"] == "True" and condition["type"] in ("Complete", "Failed"):
            return str(condition["type"])
    return ""


def failure(job: Manifest) -> str:
    """What Kubernetes says of a Job that failed, such as that its deadline has passed."""
    said = [str(each.get("message", "")) for each in conditions(job) if each["type"] == "Failed"]
    return next(filter(None, said), "the Job failed")


def lacks_its_pod(job: Manifest) -> bool:
    """Whether a Job should be running and has no pod."""
    return not (job["spec"].get("suspend") or finished(job) or _status(job).get("active"))


def conditions(item: Manifest) -> Sequence[Manifest]:
    """The conditions in an object's status; none of an object that no controller has seen."""
    found: Sequence[Manifest] = _status(item).get("conditions", ())
    return found


def _status(item: Manifest) -> Manifest:
    found: Manifest = item.get("status", {})
    return found

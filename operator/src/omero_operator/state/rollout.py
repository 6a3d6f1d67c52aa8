"""Whether a workload runs what it was last told to run."""

from collections.abc import Sequence

from omero_operator.identity.kinds import Manifest


def wanted(workload: Manifest) -> int:
    """Replicas that the workload shall have; the API server's default is 1."""
    return int(workload["spec"].get("replicas", 1))


def ready(workload: Manifest) -> int:
    """Replicas that answer their readiness probe."""
    return int(workload.get("status", {}).get("readyReplicas", 0))


def seen(workload: Manifest) -> bool:
    """Whether the controller has seen the latest generation; else its numbers speak of the past."""
    observed = workload.get("status", {}).get("observedGeneration", 0)
    return bool(observed >= workload["metadata"]["generation"])


def lacks_pods(workload: Manifest) -> bool:
    """Whether fewer pods exist than there shall be of the latest template."""
    return int(workload.get("status", {}).get("updatedReplicas", 0)) < wanted(workload)


def complete(workload: Manifest) -> bool:
    """Whether all replicas run the latest template and are ready.

    Holds for StatefulSets and Deployments.
    """
    status = workload.get("status", {})
    count = wanted(workload)
    return bool(
        seen(workload)
        and status.get("updatedReplicas", 0) == count
        and status.get("readyReplicas", 0) == count
        and status.get("replicas", 0) == count
    )


def pod_ready(pod: Manifest) -> bool:
    """Whether a pod says that it is ready."""
    conditions: Sequence[Manifest] = pod.get("status", {}).get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def finished(job: Manifest) -> str:
    """`Complete`, `Failed`, or empty while a Job goes on."""
    for condition in job.get("status", {}).get("conditions", []):
        if condition["status"] == "True" and condition["type"] in ("Complete", "Failed"):
            return str(condition["type"])
    return ""


def failure(job: Manifest) -> str:
    """What Kubernetes says of a Job that failed, such as that its deadline has passed."""
    conditions: Sequence[Manifest] = job.get("status", {}).get("conditions", [])
    said = [str(each.get("message", "")) for each in conditions if each["type"] == "Failed"]
    return next(filter(None, said), "the Job failed")


def lacks_its_pod(job: Manifest) -> bool:
    """Whether a Job should be running and has no pod."""
    suspended = job["spec"].get("suspend", False)
    return not (suspended or finished(job) or job.get("status", {}).get("active"))

"""Whether a workload runs what it was last told to run."""

from omero_operator.identity.kinds import Manifest


def wanted(workload: Manifest) -> int:
    """Replicas that the workload shall have; the API server's default is 1."""
    return int(workload["spec"].get("replicas", 1))


def ready(workload: Manifest) -> int:
    """Replicas that answer their readiness probe."""
    return int(workload.get("status", {}).get("readyReplicas", 0))


def complete(workload: Manifest) -> bool:
    """Whether all replicas run the latest template and are ready.

    Holds for StatefulSets and Deployments. A workload whose controller has not yet seen the
    latest generation is not complete: its numbers speak of the past.
    """
    status = workload.get("status", {})
    count = wanted(workload)
    return bool(
        status.get("observedGeneration", 0) >= workload["metadata"]["generation"]
        and status.get("updatedReplicas", 0) == count
        and status.get("readyReplicas", 0) == count
        and status.get("replicas", 0) == count
    )


def finished(job: Manifest) -> str:
    """`Complete`, `Failed`, or empty while a Job goes on."""
    for condition in job.get("status", {}).get("conditions", []):
        if condition["status"] == "True" and condition["type"] in ("Complete", "Failed"):
            return str(condition["type"])
    return ""

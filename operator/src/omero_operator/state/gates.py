"""The order of a start: databases and Redis, then the server, then bootstrap, then web and worker.

Every child exists from the first pass; a closed gate keeps a workload at zero replicas (a Job
suspended). A gate that has opened is remembered by an annotation of the workload and stays open:
when a database restarts later, OMERO.web is not to be scaled to zero for it.
"""

from dataclasses import dataclass

from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.identity.kinds import DEPLOYMENT, JOB, STATEFUL_SET, Kind
from omero_operator.identity.labels import STARTED
from omero_operator.identity.names import Names
from omero_operator.state import rollout
from omero_operator.state.observed import Observed


@dataclass(frozen=True)
class Gates:
    """Which workloads may run.

    Attributes:
        server: OMERO.server, once its database is ready.
        bootstrap: The bootstrap Job, once the server is ready.
        clients: OMERO.web and the workers, once everything before them is.
    """

    server: bool = False
    bootstrap: bool = False
    clients: bool = False


def gates(spec: PlatformSpec, names: Names, observed: Observed, bootstrap_job: str) -> Gates:
    """Derive the gates from what was observed.

    Args:
        spec: What the site shall be.
        names: Names of the children.
        observed: What the cluster shows.
        bootstrap_job: Name of the bootstrap Job that belongs to the present specification.

    Returns:
        The gates; a hibernated platform has none open.
    """
    if spec.hibernated:
        return Gates()

    def started(kind: Kind, name: str) -> bool:
        child = observed.child(kind, name)
        return child is not None and STARTED in child["metadata"].get("annotations", {})

    def ready(kind: Kind, name: str) -> bool:
        child = observed.child(kind, name)
        return child is not None and rollout.wanted(child) > 0 and rollout.complete(child)

    database = spec.database.mode == "external" or ready(STATEFUL_SET, names.database)
    plugin_database = spec.plugin_database.mode == "external" or ready(
        STATEFUL_SET, names.plugin_database
    )
    redis = spec.redis.mode == "external" or ready(STATEFUL_SET, names.redis)

    job = observed.child(JOB, bootstrap_job)
    server_ready = ready(STATEFUL_SET, names.server)
    bootstrapped = job is not None and rollout.finished(job) == "Complete"
    job_started = job is not None and not job["spec"].get("suspend", False)

    return Gates(
        server=database or started(STATEFUL_SET, names.server),
        bootstrap=server_ready or job_started,
        clients=(plugin_database and redis and server_ready and bootstrapped)
        or started(DEPLOYMENT, names.web),
    )

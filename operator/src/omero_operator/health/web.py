"""WebReady and WorkerReady."""

from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.health import workload
from omero_operator.health.verdict import Verdict
from omero_operator.identity.kinds import DEPLOYMENT
from omero_operator.identity.names import Names
from omero_operator.state.observed import Observed

_BEFORE = "databases, Redis and OMERO.server are ready and bootstrap is done"


def web(spec: PlatformSpec, names: Names, observed: Observed) -> Verdict:
    """OMERO.web."""
    del spec
    return workload.verdict(observed, "web", DEPLOYMENT, names.web, waits_for=_BEFORE)


def worker(spec: PlatformSpec, names: Names, observed: Observed) -> Verdict:
    """The Celery workers."""
    if spec.worker.replicas == 0 and observed.failure_of("worker") is None:
        return Verdict("True", "SwitchedOff", "spec.worker.replicas is 0: no background jobs run")
    return workload.verdict(observed, "worker", DEPLOYMENT, names.worker, waits_for=_BEFORE)

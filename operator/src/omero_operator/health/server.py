"""ServerReady."""

from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.health import workload
from omero_operator.health.verdict import Verdict
from omero_operator.identity.kinds import STATEFUL_SET
from omero_operator.identity.names import Names
from omero_operator.state.observed import Observed


def server(spec: PlatformSpec, names: Names, observed: Observed) -> Verdict:
    """OMERO.server."""
    del spec
    return workload.verdict(
        observed, "server", STATEFUL_SET, names.server, waits_for="its database is ready"
    )

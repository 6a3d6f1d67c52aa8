"""IngressReady."""

from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.health.verdict import Verdict, failed
from omero_operator.identity.kinds import INGRESS
from omero_operator.identity.names import Names
from omero_operator.state.observed import Observed


def ingress(spec: PlatformSpec, names: Names, observed: Observed) -> Verdict:
    """The way from a browser to OMERO.web."""
    if failure := observed.failure_of("ingress"):
        return failed(failure)
    if spec.web.ingress is None:
        return Verdict(
            "True",
            "NotConfigured",
            f"spec.web.ingress is not set; reach OMERO.web through Service {names.web}",
        )
    if observed.child(INGRESS, names.web) is None:
        return Verdict("Unknown", "Creating", f"Ingress {names.web} is being created")
    return Verdict("True", "Published", f"Ingress {names.web} is in place")

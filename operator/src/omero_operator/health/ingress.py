"""IngressReady."""

from omero_operator.desired.component import Component
from omero_operator.desired.context import Context
from omero_operator.health.condition import ConditionValue, failed
from omero_operator.identity.kinds import INGRESS
from omero_operator.state.observed import Observed


def judge(ctx: Context, component: Component, observed: Observed) -> ConditionValue:
    """The way from a browser to OMERO.web."""
    names = ctx.names
    if failure := observed.failure_of(component.name):
        return failed(failure)
    if ctx.spec.web.ingress is None:
        return ConditionValue(
            "True",
            "NotConfigured",
            f"spec.web.ingress is not set; reach OMERO.web through Service {names.web}",
        )
    if observed.child(INGRESS, names.web) is None:
        return ConditionValue("Unknown", "Creating", f"Ingress {names.web} is being created")
    return ConditionValue("True", "Published", f"Ingress {names.web} is in place")

"""What autoscalers complain about: their workloads go on with the pods that they have."""

from omero_operator.desired.component import Component
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import AUTOSCALER, SCALED_OBJECT
from omero_operator.state import rollout
from omero_operator.state.observed import Observed

_EXPECTED = {AUTOSCALER: "ScalingActive", SCALED_OBJECT: "Ready"}


def complaint(ctx: Context, observed: Observed, component: Component) -> str:
    """What keeps the autoscaler of a component from its work; empty where nothing does.

    Args:
        ctx: Build context.
        observed: What the cluster shows.
        component: One with a workload; its autoscaler has the same name.
    """
    _, name = component.workload_of(ctx)
    for kind, expected in _EXPECTED.items():
        scaler = observed.child(kind, name)
        for condition in rollout.conditions(scaler or {}):
            if condition["type"] == expected and condition["status"] == "False":
                return f"; {kind.name} {name} does not work: {condition.get('message', '')}"
    return ""

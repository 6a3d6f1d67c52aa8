"""The order of a start: a component's pods wait for the components that it requires.

Every child exists from the first pass; a component that waits has zero replicas (a Job is
suspended). One that was started is remembered by an annotation of its workload and stays so: when a
database restarts later, OMERO.web is not to be scaled to zero for it.
"""

from omero_operator.desired import plan
from omero_operator.desired.component import Component
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import JOB, Manifest
from omero_operator.identity.labels import STARTED
from omero_operator.state import rollout
from omero_operator.state.observed import Observed

_BY_NAME = {component.name: component for component in plan.COMPONENTS}


def may_start(ctx: Context, observed: Observed) -> frozenset[str]:
    """Names of the components whose pods may run; of a hibernated platform none."""
    if ctx.spec.hibernated:
        return frozenset()
    return frozenset(
        component.name
        for component in plan.components(ctx)
        if _started(ctx, component, observed) or not missing(ctx, component, observed)
    )


def all_started(ctx: Context, _: Observed) -> frozenset[str]:
    """As `may_start`, of a site whose start is over."""
    return frozenset() if ctx.spec.hibernated else frozenset(_BY_NAME)


def missing(ctx: Context, component: Component, observed: Observed) -> list[Component]:
    """What a component requires and is not ready; what the site does not have is not waited for."""
    required = [each for each in plan.components(ctx) if each.name in component.requires]
    return [each for each in required if not _ready(ctx, each, observed)]


def was_started(ctx: Context, name: str, observed: Observed) -> bool:
    """Whether the pods of a component have been started once."""
    return _started(ctx, _BY_NAME[name], observed)


def _ready(ctx: Context, component: Component, observed: Observed) -> bool:
    child = _workload(ctx, component, observed)
    if child is None:
        return False
    if child["kind"] == JOB.name:
        return rollout.finished(child) == "Complete"
    # Zero of zero replicas is a complete rollout, yet nobody answers.
    return rollout.wanted(child) > 0 and rollout.complete(child)


def _started(ctx: Context, component: Component, observed: Observed) -> bool:
    child = _workload(ctx, component, observed)
    if child is None:
        return False
    if child["kind"] == JOB.name:
        return not child["spec"].get("suspend", False)
    return STARTED in child["metadata"].get("annotations", {})


def _workload(ctx: Context, component: Component, observed: Observed) -> Manifest | None:
    return observed.child(*component.workload(ctx)) if component.workload else None

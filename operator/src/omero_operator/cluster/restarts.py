"""The order of restarts: what others work with comes first, and each is waited for.

A new password or certificate changes the pods of several components. If all of them restarted at
once, each would start against others that are stopping. So a running workload keeps its template
until those before it run theirs: the databases, Redis, OMERO.server, bootstrap, and then the rest.

Nothing is remembered: what is on its way can be seen in the workloads, and what waits is what still
differs. So an operator that is killed goes on where it was.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from omero_operator.cluster.differences import differences
from omero_operator.desired.plan import COMPONENTS
from omero_operator.identity.kinds import (
    CRON_JOB,
    DEPLOYMENT,
    JOB,
    ROLE_BINDING,
    STATEFUL_SET,
    Manifest,
)
from omero_operator.identity.labels import APPLIED, COMPONENT
from omero_operator.state import rollout
from omero_operator.state.observed import Observed

Children = Mapping[tuple[str, str], Manifest]

_ORDER = (("database", "plugin-database"), ("redis",), ("server",), ("bootstrap",))
_RANKS = {name: rank for rank, names in enumerate(_ORDER) for name in names}
_LAST = len(_ORDER)
_TITLES = {component.name: component.title for component in COMPONENTS}
_WORKLOADS = (STATEFUL_SET.name, DEPLOYMENT.name)
_STARTERS = (*_WORKLOADS, JOB.name, CRON_JOB.name)


def batches(manifests: Sequence[Manifest], live: Children) -> Iterator[Sequence[Manifest]]:
    """What is to be written, in the order in which it is.

    What starts pods comes when everything that its pods need is there: a pod that waits for its
    ConfigMap is asked for again by the kubelet only after a while. Pods that run come last. A
    RoleBinding comes after its Role: the API server reads the Role to see whether the operator has
    the rights that it gives.

    Args:
        manifests: Children to write.
        live: What is there.
    """
    others = [each for each in manifests if each["kind"] not in _STARTERS]
    yield [each for each in others if each["kind"] != ROLE_BINDING.name]
    yield [each for each in others if each["kind"] == ROLE_BINDING.name]
    starters = [each for each in manifests if each["kind"] in _STARTERS]
    turns = [each for each in starters if _takes_turns(each, live)]
    yield [each for each in starters if each not in turns]
    for rank in range(_LAST + 1):
        yield [each for each in turns if _rank(each) == rank]


def waits_for(manifest: Manifest, live: Children) -> str:
    """What has to be ready before a workload restarts or a Job runs; empty where it may now.

    Args:
        manifest: What is to be written.
        live: What is there, with what was written in this pass.

    Returns:
        The title of the component, for people.
    """
    if not _takes_turns(manifest, live):
        return ""
    before = [
        each
        for each in live.values()
        if _rank(each) < _rank(manifest)
        and _restarts(each)
        and "deletionTimestamp" not in _of(each)
    ]
    first = min(before, key=_rank, default=None)
    return "" if first is None else _TITLES[_component(first)]


def at_once(_: Manifest, __: Children) -> str:
    """As `waits_for`, where nothing waits."""
    return ""


def suspended(manifest: Manifest) -> Manifest | None:
    """How something that waits is written meanwhile; None where it stays as it is."""
    if manifest["kind"] != JOB.name:
        return None
    return {**manifest, "spec": {**manifest["spec"], "suspend": True}}


def titles(waiting: Iterable[tuple[Manifest, str]]) -> dict[str, str]:
    """What each component waits for, by the component's name."""
    return {_component(manifest): title for manifest, title in waiting}


def without_waiting(manifests: Sequence[Manifest], observed: Observed) -> list[Manifest]:
    """The manifests whose objects should be what they say by now."""
    held = observed.restarts
    return [m for m in manifests if m["kind"] not in _STARTERS or _component(m) not in held]


def _takes_turns(manifest: Manifest, live: Children) -> bool:
    """Whether writing this restarts pods that run, or starts a Job of OMERO.server."""
    there = live.get((manifest["kind"], _of(manifest)["name"]))
    if manifest["kind"] == JOB.name:
        ended = there is not None and rollout.finished(there)
        return _component(manifest) == "bootstrap" and not manifest["spec"]["suspend"] and not ended
    if manifest["kind"] not in _WORKLOADS or there is None or not rollout.wanted(there):
        return False
    return bool(manifest["spec"].get("replicas", 1)) and _changes_pods(manifest, there)


def _changes_pods(manifest: Manifest, there: Manifest) -> bool:
    """Whether pods may become others.

    A field that an earlier plan had and this one has not shows in the digest alone, as another
    number of replicas does.
    """
    places = list(differences(manifest, there))
    if any(place[:2] == ("spec", "template") for place in places):
        return True
    scaled = any(place[:2] == ("spec", "replicas") for place in places)
    return not scaled and ("metadata", "annotations", APPLIED) in places


def _restarts(item: Manifest) -> bool:
    """Whether something is on its way to what it was last told to be."""
    if item["kind"] == JOB.name:
        return _component(item) == "bootstrap" and not rollout.finished(item)
    return item["kind"] in _WORKLOADS and rollout.under_way(item)


def _rank(item: Manifest) -> int:
    return _RANKS.get(_component(item), _LAST)


def _component(item: Manifest) -> str:
    return str(_of(item).get("labels", {}).get(COMPONENT, ""))


def _of(item: Manifest) -> Manifest:
    metadata: Manifest = item["metadata"]
    return metadata

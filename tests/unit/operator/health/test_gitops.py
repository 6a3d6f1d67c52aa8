"""What Argo CD and Flux make of a platform, with the rules of the examples, in every state of it.

The rules run in real interpreters: Lua 5.1, which Argo CD speaks, and CEL.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import celpy
import pytest
import yaml
from celpy.adapter import json_to_cel
from lupa import lua51

from omero_operator.api.v1alpha1.rules import FieldError
from omero_operator.api.v1alpha1.status import ConditionType as Type
from omero_operator.health import conditions as health
from omero_operator.identity.kinds import DEPLOYMENT, PLATFORM, STATEFUL_SET, Manifest
from omero_operator.identity.labels import PAUSED
from omero_operator.state.condition import ConditionValue
from operator_builders import (
    EXAMPLES,
    NAMES,
    NOW,
    component,
    context,
    job,
    observed,
    pod,
    running_site,
    spec,
    waiting,
    workload,
)

_, BOOT = component("bootstrap").workload_of(context())
GENERATION = 7


def _argo_rule() -> str:
    text = (EXAMPLES / "gitops" / "argo-cd" / "argocd-cm.yaml").read_text()
    group = PLATFORM.group
    rule: str = yaml.safe_load(text)["data"][
        f"resource.customizations.health.{group}_{PLATFORM.name}"
    ]
    return rule


def _flux_rules() -> dict[str, str]:
    text = (EXAMPLES / "gitops" / "flux" / "site.yaml").read_text()
    *_, kustomization = yaml.safe_load_all(text)
    (rules,) = kustomization["spec"]["healthCheckExprs"]
    assert (rules["apiVersion"], rules["kind"]) == (PLATFORM.api_version, PLATFORM.name)
    return {name: rules[name] for name in ("inProgress", "failed", "current") if name in rules}


def argo(platform: Manifest) -> str:
    """The health that Argo CD shows; it hands the object to the script as `obj`."""
    runtime = lua51.LuaRuntime()
    runtime.globals()["obj"] = runtime.table_from(platform, recursive=True)
    answer = runtime.execute(_argo_rule())
    assert answer["message"]
    return str(answer["status"])


def flux(platform: Manifest) -> str:
    """The first rule that holds decides, in this order; none means that Flux goes on waiting."""
    language = celpy.Environment()
    facts = {name: json_to_cel(value) for name, value in platform.items()}
    for name, rule in _flux_rules().items():
        program = language.program(language.compile(rule))
        if program.evaluate(facts):
            return name
    return "inProgress"


Values = dict[Type, ConditionValue]


def judged(*changed: Manifest, pods: tuple[Manifest, ...] = (), **blocks: object) -> Values:
    view = observed(*running_site(*changed), pods=pods)
    return health.judge(context(spec(**blocks)), view)


@dataclass(frozen=True)
class State:
    """A state of a platform and how each tool has to read it."""

    values: Values
    argo: str
    flux: str
    judged: int = GENERATION
    annotations: tuple[str, ...] = ()


INVALID = [FieldError("spec.web.replicas", "must be at least 0")]
IMAGE = pod("web", containerStatuses=[waiting("ErrImagePull", "denied")])
READY = judged()

STATES: dict[str, State] = {
    "new": State(health.paused(GENERATION, -1), "Progressing", "inProgress"),
    "ready": State(READY, "Healthy", "current"),
    "ready before an edit": State(READY, "Progressing", "inProgress", GENERATION - 1),
    "database starts": State(
        judged(workload(STATEFUL_SET, NAMES.database, ready=0)), "Progressing", "inProgress"
    ),
    "server starts": State(
        judged(workload(STATEFUL_SET, NAMES.server, ready=0)), "Progressing", "inProgress"
    ),
    "bootstrap runs": State(judged(job(BOOT)), "Progressing", "inProgress"),
    "web starts": State(
        judged(workload(DEPLOYMENT, NAMES.web, 2, ready=0)), "Progressing", "inProgress"
    ),
    "image is not there": State(
        judged(workload(DEPLOYMENT, NAMES.web, 2, ready=0), pods=(IMAGE,)), "Degraded", "failed"
    ),
    "spec is invalid": State(health.invalid(INVALID), "Degraded", "failed"),
    "spec is invalid, seen before an edit": State(
        health.invalid(INVALID), "Progressing", "inProgress", GENERATION - 1
    ),
    "hibernated": State(judged(hibernated=True), "Suspended", "current"),
    "paused": State(READY, "Suspended", "current", annotations=(PAUSED,)),
    "edited while paused": State(
        READY, "Suspended", "inProgress", GENERATION - 1, annotations=(PAUSED,)
    ),
}


def platform(state: State) -> Manifest:
    found = health.conditions(state.values, [], state.judged, NOW)
    return {
        "apiVersion": PLATFORM.api_version,
        "kind": PLATFORM.name,
        "metadata": {
            "name": "demo",
            "generation": GENERATION,
            "annotations": dict.fromkeys(state.annotations, "true"),
        },
        "spec": {},
        "status": {"conditions": [one.model_dump(by_alias=True) for one in found]},
    }


@pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())
def test_argo_cd_reads_every_state_rightly(state: State) -> None:
    assert argo(platform(state)) == state.argo


@pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())
def test_flux_reads_every_state_rightly(state: State) -> None:
    assert flux(platform(state)) == state.flux


def test_argo_cd_waits_for_a_platform_without_status() -> None:
    """Argo CD asks at once, before the operator has seen the object."""
    bare: dict[str, Any] = {"metadata": {"name": "demo", "generation": 1}, "spec": {}}
    assert argo(bare) == "Progressing"

"""A component with `enabled: false`: nothing of it is there, and nobody waits for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.desired import plan, start_order
from omero_operator.desired.context import Context
from omero_operator.health.conditions import judge
from omero_operator.identity.labels import COMPONENT
from omero_operator.state.observed import Failure
from operator_builders import context, observed, spec


@pytest.fixture
def off(monkeypatch: pytest.MonkeyPatch) -> Context:
    """A site without Redis. Stands for a component with a switch: the block has a field of it."""
    changed = [
        replace(each, block="network_policy", sizes={}) if each.name == "redis" else each
        for each in plan.COMPONENTS
    ]
    monkeypatch.setattr(plan, "COMPONENTS", tuple(changed))
    return context(spec(networkPolicy={"enabled": False}))


def test_nothing_of_it_is_made(off: Context) -> None:
    made = {each["metadata"]["labels"][COMPONENT] for each in plan.desired(off)}
    assert "redis" not in made and "web" in made
    assert "redis" not in plan.with_pods(off)
    assert off.names.redis_credentials not in {each.name for each in plan.credentials(off)}


def test_nobody_waits_for_it(off: Context) -> None:
    (web,) = [each for each in plan.COMPONENTS if each.name == "web"]
    assert "redis" in web.requires
    missing = start_order.missing(off, web, observed())
    assert missing and "redis" not in {each.name for each in missing}


def test_it_is_told_and_well_whatever_failed_before(off: Context) -> None:
    values = judge(off, observed(failures=[Failure("redis", "SecretNotFound", "x")]))
    found = values[ConditionType.REDIS]
    assert (found.status, found.reason) == ("True", "SwitchedOff")
    assert found.message == "spec.networkPolicy.enabled is false"


def test_with_the_switch_on_it_is_there(off: Context) -> None:
    on = replace(off, spec=spec(networkPolicy={"enabled": True}))
    made = {each["metadata"]["labels"][COMPONENT] for each in plan.desired(on)}
    assert "redis" in made

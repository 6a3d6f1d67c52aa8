"""Builders are functions: the same context gives the same manifests, and nothing else happens."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from omero_operator.desired import plan
from omero_operator.desired.context import Context
from omero_operator.desired.digest import digest
from omero_operator.identity import kinds
from operator_builders import (
    CLOUDNATIVE_PG_WITH_ALL,
    EXTERNAL_DATABASE,
    EXTERNAL_REDIS,
    OPEN,
    REDIS_BEHIND_SENTINELS,
    by_title,
    context,
    spec,
)

SPECS: dict[str, dict[str, Any]] = {
    "default": {},
    "large": {"size": "large", "web": {"replicas": 3, "ingress": {"host": "a.org"}}},
    "external": {
        "database": EXTERNAL_DATABASE,
        "pluginDatabase": EXTERNAL_DATABASE,
        "redis": EXTERNAL_REDIS,
    },
    "CloudNativePG": {"database": CLOUDNATIVE_PG_WITH_ALL, "redis": REDIS_BEHIND_SENTINELS},
    "hibernated": {"hibernated": True},
    "deleted with its data": {"deletionPolicy": "Delete"},
    "gateway": {
        "web": {"publicUrl": "https://a.org", "gateway": {"parentRefs": [{"name": "g"}]}},
        "server": {"gateway": {"parentRefs": [{"name": "g"}]}},
    },
    "autoscaling": {"web": {"autoscaling": {}}, "worker": {"autoscaling": {}}},
    "gateway by host": {
        "server": {"gateway": {"parentRefs": [{"name": "g"}], "hostnames": ["a.org"]}},
    },
    "admin tools": {"web": {"plugins": {"adminTools": {"enabled": True}}}},
}


def build_context(name: str) -> Context:
    return context(
        spec(**SPECS[name]),
        checksums={"demo-db-credentials": "c0ffee"},
        secret_properties={"omero.ldap.password": "s3cret"},
    )


@pytest.mark.parametrize("name", SPECS)
def test_same_context_gives_the_same_manifests(name: str) -> None:
    ctx = build_context(name)
    assert plan.desired(ctx) == plan.desired(ctx) == plan.desired(build_context(name))


@pytest.mark.parametrize("name", SPECS)
def test_building_leaves_the_context_as_it_is(name: str) -> None:
    ctx = build_context(name)
    before = copy.deepcopy(ctx)
    plan.desired(ctx)
    assert ctx == before


@pytest.mark.parametrize("name", SPECS)
def test_manifests_share_nothing_with_the_context(name: str) -> None:
    """Whoever changes a manifest later must not change the next one, or the specification."""
    ctx = build_context(name)
    expected = copy.deepcopy(plan.desired(ctx))
    for manifest in plan.desired(ctx):
        scribble(manifest)
    assert plan.desired(ctx) == expected


def scribble(data: Any) -> None:
    """Write into every map and list."""
    if isinstance(data, dict):
        for value in list(data.values()):
            scribble(value)
        data["scribble"] = "x"
    elif isinstance(data, list):
        for value in data:
            scribble(value)
        data.append("scribble")


@pytest.mark.parametrize("name", SPECS)
def test_manifests_are_plain_json(name: str) -> None:
    manifests = plan.desired(build_context(name))
    assert json.loads(json.dumps(manifests)) == manifests


@pytest.mark.parametrize("name", SPECS)
def test_plan_has_only_kinds_that_the_operator_looks_after(name: str) -> None:
    for manifest in plan.desired(build_context(name)):
        assert kinds.kind_of(manifest) in kinds.CHILD_KINDS


def test_every_kind_that_the_operator_looks_after_is_in_a_plan() -> None:
    """The chart's roles allow these kinds: one that nothing builds is a right too many."""
    built = {kinds.kind_of(each) for name in SPECS for each in plan.desired(build_context(name))}
    assert built == set(kinds.CHILD_KINDS)


@pytest.mark.parametrize("name", SPECS)
def test_no_field_is_null(name: str) -> None:
    """Null in a server-side apply removes a field, which nobody here means."""
    for title, manifest in by_title(plan.desired(build_context(name))).items():
        assert list(_nulls(manifest)) == [], title


def _nulls(value: object, path: str = "") -> Iterator[str]:
    if value is None:
        yield path
    pairs: Iterable[tuple[object, object]] = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, part in pairs:
        yield from _nulls(part, f"{path}/{key}")


def test_accounts_and_claims_come_before_what_uses_them() -> None:
    """A pod that finds its account at the first try starts seconds sooner."""
    titles = list(by_title(plan.desired(context())))
    for name in ("demo-db", "demo-plugin-db", "demo-server"):
        assert titles.index(f"ServiceAccount/{name}") < titles.index(f"StatefulSet/{name}")
        assert titles.index(f"PersistentVolumeClaim/{name}") < titles.index(f"StatefulSet/{name}")


def test_policies_come_before_every_workload() -> None:
    """No pod runs for a moment without the one that protects it."""
    found = [m["kind"] for m in plan.desired(context())]
    last_policy = len(found) - 1 - found[::-1].index("NetworkPolicy")
    first_workload = min(found.index(kind) for kind in ("StatefulSet", "Deployment", "Job"))
    assert last_policy < first_workload


@pytest.mark.parametrize(
    "may_start", [frozenset(), frozenset({"server"}), OPEN], ids=["nothing", "server", "all"]
)
def test_every_child_exists_from_the_first_pass(may_start: frozenset[str]) -> None:
    """A closed gate scales to zero; it hides nothing."""
    assert by_title(plan.desired(context(may_start=may_start))).keys() == (
        by_title(plan.desired(context())).keys()
    )


def test_digest_depends_on_content_alone() -> None:
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1})
    assert digest([1, 2]) != digest([2, 1])
    assert len(digest("x", 8)) == 8

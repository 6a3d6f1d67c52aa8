"""What the API server would say, without one; the same table is tried on a real one."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.api.v1alpha1 import admission
from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from operator_builders import spec
from refused_specs import ACCEPTED, NAMES, REFUSED


def resource(spec: Any, name: str = "site") -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": spec}


def errors(spec: Any, name: str = "site") -> list[str]:
    found = admission.check(resource(spec, name))
    return [] if isinstance(found, PlatformSpec) else list(map(str, found))


@pytest.mark.parametrize(("spec", "words"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_the_api_server_refuses_is_refused_with_its_words(spec: Any, words: str) -> None:
    assert any(words in error for error in errors(spec)), errors(spec)


@pytest.mark.parametrize(("name", "words"), NAMES)
def test_names_that_children_could_not_have(name: str, words: str) -> None:
    (error,) = errors({}, name)
    assert error.startswith("metadata.name: ") and words in error


@pytest.mark.parametrize("spec", [a[1] for a in ACCEPTED], ids=[a[0] for a in ACCEPTED])
def test_what_only_looks_wrong_is_taken(spec: Any) -> None:
    assert errors(spec) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"sever": {}}, ["spec.sever: unknown field; did you mean 'server'?"]),
        (
            {"server": {"storage": {"storage_class_name": "x", "sizes": "1Gi"}}},
            [
                "spec.server.storage.storage_class_name: unknown field; did you mean "
                "'storageClassName'?",
                "spec.server.storage.sizes: unknown field; did you mean 'size'?",
            ],
        ),
        (
            {"server": {"groups": [{"name": "a", "perms": "private"}]}},
            ["spec.server.groups[0].perms: unknown field; did you mean 'permissions'?"],
        ),
        ({"zzz": 1}, ["spec.zzz: unknown field"]),
    ],
    ids=["block", "two", "in a list", "nothing near"],
)
def test_unknown_field_comes_with_what_was_meant(given: Any, expected: list[str]) -> None:
    assert errors(given) == expected


def test_everything_wrong_is_told_at_once() -> None:
    found = errors({"sever": {}, "size": "huge", "web": {"replicas": 0}})
    assert [error.partition(":")[0] for error in found] == [
        "spec.sever",
        "spec.size",
        "spec.web.replicas",
    ]


def test_field_beside_the_specification_is_refused() -> None:
    found = admission.check({**resource({}), "specs": {}, "status": {"url": "x", "old": 1}})
    assert isinstance(found, list)
    assert [str(error) for error in found] == ["specs: unknown field; did you mean 'spec'?"]


def test_defaults_are_filled_in() -> None:
    assert admission.check(resource({"web": {"replicas": 3}})) == spec(web={"replicas": 3})

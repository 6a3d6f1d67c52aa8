"""Specifications of another version are read without what this one does not know."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from omero_operator.api.v1alpha1 import reading
from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from operator_builders import spec

KNOWN: list[dict[str, Any]] = [{}, {"web": {"replicas": 3, "apps": ["figure"]}}]


@pytest.mark.parametrize("given", KNOWN, ids=["empty", "blocks"])
def test_what_is_known_is_read_as_it_is(given: dict[str, Any]) -> None:
    assert reading.tolerant(given) == (PlatformSpec.model_validate(given), ())


def test_unknown_parts_are_left_out_and_named_in_the_order_of_the_text() -> None:
    given = {
        "web": {"apps": ["figure", "new", "newer", "parade"], "look": "dark", "replicas": 3},
        "server": {"groups": [{"name": "a", "leader": "x"}, {"name": "b", "quota": {"max": 1}}]},
        "archive": {"schedule": "x", "keep": 2},
    }
    read, unknown = reading.tolerant(given)
    assert read == spec(
        web={"apps": ["figure", "parade"], "replicas": 3},
        server={"groups": [{"name": "a"}, {"name": "b"}]},
    )
    assert unknown == (
        "spec.web.apps 'new'",
        "spec.web.apps 'newer'",
        "spec.web.look",
        "spec.server.groups[0].leader",
        "spec.server.groups[1].quota",
        "spec.archive",
    )


def test_list_that_grew_may_be_longer_than_all_that_is_known() -> None:
    many = [f"app{number}" for number in range(40)]
    read, unknown = reading.tolerant({"web": {"apps": many}})
    assert read.web.apps == []
    assert len(unknown) == 40


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"web": {"replicas": "many"}, "unknown": 1}, "spec.web.replicas"),
        ({"size": "huge"}, "spec.size"),
        ({"server": {"groups": [{"permissions": "private"}]}}, "spec.server.groups[0].name"),
        ({"server": {"config": {"omero.x": 1}}}, "spec.server.config[omero.x]"),
        ({"web": {"resources": {"limits": {"cpu": "much"}}}}, "spec.web.resources.limits.cpu"),
        ({"web": {"apps": "figure"}}, "spec.web.apps"),
        ({"web": None}, "spec.web"),
    ],
    ids=["type", "closed list", "missing", "property", "quantity", "no list", "null"],
)
def test_other_mistakes_are_errors_with_their_place(given: dict[str, Any], path: str) -> None:
    with pytest.raises(ValidationError) as caught:
        reading.tolerant(given)
    assert [error.path for error in reading.errors_of(caught.value)] == [path]

"""The format FieldsV1: every kind of step, as the API server writes it."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.cluster.managed_fields import Path, own, owned, pointer, readable, value_at
from omero_operator.identity.kinds import Manifest

SERVICE: Manifest = {
    "metadata": {
        "finalizers": ["a", "b"],
        "managedFields": [
            {
                "manager": "omero-operator",
                "operation": "Apply",
                "fieldsV1": {
                    "f:spec": {
                        "f:ports": {
                            'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}},
                        },
                        "f:selector": {},
                    }
                },
            },
            {
                "manager": "kube-controller-manager",
                "operation": "Update",
                "subresource": "status",
                "fieldsV1": {"f:metadata": {"f:finalizers": {'v:"b"': {}}}},
            },
            {"manager": "bare"},
        ],
    },
    "spec": {"ports": [{"port": 443}, {"name": "http", "port": 80}], "selector": {"a": "b"}},
}

PORT = 'k:{"port":80,"protocol":"TCP"}'


def test_every_owned_field_is_found_with_its_manager() -> None:
    found = [(o.manager, o.subresource, o.path, o.whole) for o in owned(SERVICE)]
    ports: Path = ("f:spec", "f:ports", PORT)
    assert found == [
        ("omero-operator", "", ports, False),
        ("omero-operator", "", (*ports, "f:port"), True),
        ("omero-operator", "", ("f:spec", "f:selector"), True),
        ("kube-controller-manager", "status", ("f:metadata", "f:finalizers", 'v:"b"'), True),
    ]


def test_what_a_manager_applied_has_its_fields_alone() -> None:
    assert own(SERVICE, "omero-operator") == {
        "spec": {"ports": [{"port": 80}], "selector": {"a": "b"}}
    }


def test_what_was_applied_keeps_the_order_of_lists_and_loses_what_is_gone() -> None:
    applied = {
        "f:items": {'k:{"name":"a"}': {".": {}, "f:name": {}}, 'k:{"name":"b"}': {"f:name": {}}},
        "f:empty": {".": {}},
        "f:gone": {"f:x": {}},
    }
    entry = {"manager": "us", "operation": "Apply", "fieldsV1": applied}
    by_scale = {**entry, "subresource": "scale", "fieldsV1": {"f:empty": {}}}
    live = {
        "metadata": {"managedFields": [by_scale, entry]},
        "items": [{"name": "b", "theirs": 1}, {"name": "c"}, {"name": "a"}],
        "empty": {"theirs": 1},
    }
    assert own(live, "us") == {"items": [{"name": "b"}, {"name": "a"}], "empty": {}}
    assert own(live, "nobody") is live


def test_object_without_managers_has_no_owned_field() -> None:
    assert list(owned({"metadata": {}})) == []


@pytest.mark.parametrize(
    ("path", "place", "value"),
    [
        (("f:spec", "f:ports", PORT, "f:name"), ("spec", "ports", 1, "name"), "http"),
        (("f:spec", "f:ports", "i:0", "f:port"), ("spec", "ports", 0, "port"), 443),
        (("f:spec", "f:ports", "i:2"), None, None),
        (("f:spec", "f:ports", 'k:{"port":80,"protocol":"UDP"}'), None, None),
        (("f:spec", "f:ports", 'k:{"port":81,"protocol":"TCP"}'), None, None),
        (("f:metadata", "f:finalizers", 'v:"b"'), ("metadata", "finalizers", 1), "b"),
        (("f:metadata", "f:finalizers", 'v:"c"'), None, None),
        (("f:spec", "f:type"), None, None),
        (("f:spec", "f:selector", "f:a", "f:deeper"), None, None),
        (("f:spec", PORT), None, None),
        ((), (), SERVICE),
    ],
)
def test_a_path_leads_to_its_place(path: Path, place: Any, value: Any) -> None:
    """A protocol that is left out means TCP, and the API server's key says so."""
    assert pointer(SERVICE, path) == place
    assert value_at(SERVICE, path) == value


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("f:spec", "f:externalIPs"), "spec.externalIPs"),
        (("f:spec", "f:ports", PORT, "f:name"), "spec.ports[port=80,protocol=TCP].name"),
        (("f:data", "f:a.b/c"), "data.a.b/c"),
        (("f:metadata", "f:finalizers", 'v:"b"'), 'metadata.finalizers["b"]'),
        (("f:x", "i:3"), "x[3]"),
    ],
)
def test_a_path_is_readable(path: Path, text: str) -> None:
    assert readable(path) == text

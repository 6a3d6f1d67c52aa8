"""The rest of the status: addresses, versions, where the data lies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from omero_operator.api.v1alpha1.status import Condition, ForeignField, PlatformStatus
from omero_operator.health import lost_data, platform_status
from operator_builders import EXTERNAL_DATABASE, IMAGES, LONG_AGO, context, observed, platform, spec

CONDITIONS = [
    Condition(
        type="Ready",
        status="True",
        reason="Ready",
        last_transition_time=LONG_AGO,
        observed_generation=7,
    )
]


def status(**blocks: Any) -> PlatformStatus:
    ctx = context(spec(**blocks))
    record = lost_data.Record.of(platform(blocks))
    view = lost_data.with_volumes(ctx, observed(), {}, record)
    return PlatformStatus.model_validate(platform_status.status(ctx, view, CONDITIONS))


def test_addresses_are_those_of_the_services() -> None:
    found = status()
    assert found.endpoints.web == "demo-web.images.svc:80"
    assert found.endpoints.omero == "demo-server.images.svc:4064"
    assert found.observed_generation == 7


def test_fields_have_the_names_of_the_crd() -> None:
    found = platform_status.status(context(), observed(), CONDITIONS)
    named = {field.alias for field in PlatformStatus.model_fields.values()}
    assert set(found) == named
    assert found["conditions"][0]["observedGeneration"] == 7


def test_url_is_that_of_the_ingress_or_the_one_that_is_given() -> None:
    assert status().url == ""
    assert status(web={"publicUrl": "https://a.org/lab"}).url == "https://a.org/lab/"
    assert status(web={"ingress": {"host": "a.org", "port": 8080}}).url == "http://a.org:8080/"


@pytest.mark.parametrize(
    ("blocks", "secret"),
    [
        ({}, "demo-root-credentials"),
        ({"server": {"rootPasswordSecretRef": {"name": "mine", "key": "k"}}}, "mine"),
    ],
    ids=["generated", "own"],
)
def test_root_password_is_found_by_its_secret(blocks: dict[str, Any], secret: str) -> None:
    assert status(**blocks).root_credentials_secret == secret


@pytest.mark.parametrize(
    ("blocks", "claims"),
    [
        (
            {},
            {
                "server": "demo-server",
                "database": "demo-db",
                "plugin-database": "demo-plugin-db",
                "uploads": "demo-uploads",
                "exports": "demo-exports",
            },
        ),
        (
            {"database": EXTERNAL_DATABASE, "pluginDatabase": EXTERNAL_DATABASE},
            {"server": "demo-server", "uploads": "demo-uploads", "exports": "demo-exports"},
        ),
        (
            {"server": {"storage": {"existingClaim": "old"}}},
            {
                "server": "old",
                "database": "demo-db",
                "plugin-database": "demo-plugin-db",
                "uploads": "demo-uploads",
                "exports": "demo-exports",
            },
        ),
        (
            {"web": {"plugins": {"upload": {"enabled": False}, "imaris": {"enabled": False}}}},
            {
                "server": "demo-server",
                "database": "demo-db",
                "plugin-database": "demo-plugin-db",
            },
        ),
    ],
    ids=["managed", "external", "existing claim", "no plugins with files"],
)
def test_data_volumes(blocks: dict[str, Any], claims: dict[str, str]) -> None:
    assert {v.component: v.claim for v in status(**blocks).data_volumes} == claims


@pytest.mark.parametrize(
    ("reference", "short"),
    [
        ("openmicroscopy/omero-server:5.6.16", "omero-server:5.6.16"),
        ("registry.example.org:5000/a/b:1", "b:1"),
        ("postgres", "postgres"),
        ("a/b:1@sha256:" + "0" * 64, "b:1"),
        ("a/b@sha256:" + "0" * 64, "b"),
    ],
)
def test_version_is_the_short_name_of_the_image(reference: str, short: str) -> None:
    assert platform_status.short_image(reference) == short


def test_version_is_that_of_the_server() -> None:
    assert status().version == platform_status.short_image(IMAGES.server)
    assert [run.name for run in status().maintenance] == ["vacuum", "reindex"]


def test_foreign_fields_are_bounded() -> None:
    many = [ForeignField(object="Pod/x", field=f"spec.{n}", manager="m") for n in range(99)]
    view = replace(observed(), foreign_fields=tuple(many))
    found = platform_status.status(context(), view, CONDITIONS)
    assert PlatformStatus.model_validate(found).foreign_fields == many[:32]

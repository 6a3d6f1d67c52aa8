"""Rules over several fields: each holds for a good value and names the field of a bad one."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.api.v1alpha1.rules import FieldError
from omero_operator.desired import validation
from operator_builders import EXTERNAL_DATABASE, spec

BLOCKS = ("server", "web", "worker", "database", "pluginDatabase", "redis", "maintenance")
LDAP: dict[str, Any] = {
    "configSecretRefs": [
        {"property": "omero.ldap.password", "secretKeyRef": {"name": "ldap", "key": "password"}}
    ]
}

PUBLIC: dict[str, Any] = {
    "configSecretRefs": [
        {"property": "omero.web.page_size", "secretKeyRef": {"name": "public", "key": "size"}}
    ]
}


def resources(requests: dict[str, str], limits: dict[str, str]) -> dict[str, Any]:
    return {"resources": {"requests": requests, "limits": limits}}


def managed(folder: str) -> dict[str, Any]:
    return {"server": {"config": {"omero.managed.dir": folder}}}


def claims(**names: str) -> dict[str, Any]:
    return {block: {"storage": {"existingClaim": name}} for block, name in names.items()}


GOOD: dict[str, dict[str, Any]] = {
    "UTC": {"timeZone": "UTC"},
    "zone of two parts": {"timeZone": "Europe/Zurich"},
    "zone of three parts": {"timeZone": "America/Argentina/Ushuaia"},
    "zone with sign": {"timeZone": "Etc/GMT+5"},
    "request equals limit": {"web": resources({"memory": "1Gi"}, {"memory": "1024Mi"})},
    "request without limit": {"web": resources({"cpu": "100m"}, {})},
    "limit without request": {"web": resources({}, {"memory": "64Gi"})},
    "Redis with room": {"redis": {"maxMemory": "1Gi", **resources({}, {"memory": "1280Mi"})}},
    "secret property alone": {"server": LDAP},
    "secret property of the web alone": {"web": PUBLIC},
    "last port": {
        "ai": {
            "providers": [
                {"name": "lab", "kind": "openaiCompatible", "baseUrl": "http://a.lab:65535/v1"}
            ]
        }
    },
    "last port of an address": {"web": {"publicUrl": "https://a.org:65535/lab"}},
    "old name of a zone": {"timeZone": "US/Pacific"},
    "weekdays": {"maintenance": {"vacuum": {"schedule": "*/15 0-6 1,15 * MON-FRI"}}},
    "first day of the month": {"maintenance": {"reindex": {"schedule": "@monthly"}}},
    "mid-month, every month": {
        "maintenance": {"reindex": {"schedule": "0 4 15 * *", "firstWeekOnly": False}}
    },
    "managed repository on the volume": managed("/OMERO/Images"),
    "managed repository deeper": managed("/OMERO/a/b/"),
    "managed repository by variable": managed("${omero.data.dir}/Images"),
    "claims of their own": claims(server="a", database="b", pluginDatabase="c"),
    "claim that an external database does not use": {
        **claims(server="a"),
        "database": {**EXTERNAL_DATABASE, "storage": {"existingClaim": "a"}},
    },
    "limits of helpers": {"helpers": resources({}, {"cpu": "500m", "memory": "1Gi"})},
    "other property beside it": {"server": {**LDAP, "config": {"omero.ldap.config": "false"}}},
}

OFF_THE_VOLUME = (
    "'{}' is not a folder below /OMERO, where the volume is mounted, so images would be lost; "
    "write /OMERO/… or ${{omero.data.dir}}/…"
)

BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    **{
        f"managed repository at '{folder}'": (
            managed(folder),
            "spec.server.config[omero.managed.dir]",
            OFF_THE_VOLUME.format(folder),
        )
        for folder in (
            "ManagedRepository",
            "/data/Images",
            "/OMERO",
            "/OMERO2/Images",
            "/OMERO/../Images",
            "${omero.data.dir}",
            "${omero.home}/Images",
            "",
        )
    },
    "managed repository from a Secret": (
        {
            "server": {
                "configSecretRefs": [
                    {"property": "omero.managed.dir", "secretKeyRef": {"name": "s", "key": "k"}}
                ]
            }
        },
        "spec.server.configSecretRefs",
        "'omero.managed.dir' is not a secret, and the operator must know its folder; put it into "
        "spec.server.config",
    ),
    "one claim for both databases": (
        claims(database="a", pluginDatabase="a"),
        "spec.pluginDatabase.storage.existingClaim",
        "'a' is also the claim of spec.database; their data must be separate, give each its own "
        "claim",
    ),
    "one claim for images and database": (
        claims(server="a", database="a", pluginDatabase="b"),
        "spec.database.storage.existingClaim",
        "'a' is also the claim of spec.server; their data must be separate, give each its own "
        "claim",
    ),
    "backups on the volume of the images": (
        {**claims(server="a"), "backup": {"enabled": True, "claim": "a"}},
        "spec.backup.claim",
        "'a' is also the claim of spec.server, so backups would be lost with what they are of; "
        "give them a claim of their own",
    ),
    "Redis without a limit": (
        {"redis": {"maxMemory": "0"}},
        "spec.redis.maxMemory",
        "'0' is not between 1Mi and 1Ti; for example 512Mi",
    ),
    "half a byte of memory": (
        {"redis": {"maxMemory": "512m"}},
        "spec.redis.maxMemory",
        "'512m' is not between 1Mi and 1Ti; for example 512Mi. The letter m means a thousandth of "
        "a byte",
    ),
    "half a byte of images": (
        {"server": {"storage": {"size": "500m"}}},
        "spec.server.storage.size",
        "'500m' is not between 1Mi and 1000Pi; for example 500Gi. The letter m means a thousandth "
        "of a byte",
    ),
    "no room for a database": (
        {"database": {"storage": {"size": "0"}}},
        "spec.database.storage.size",
        "'0' is not between 1Mi and 1Pi; for example 20Gi",
    ),
    "no such zone": (
        {"timeZone": "Europe/Bern"},
        "spec.timeZone",
        "'Europe/Bern' is not an IANA time zone; write one such as UTC or Europe/Zurich",
    ),
    "zone in the wrong case": (
        {"timeZone": "europe/zurich"},
        "spec.timeZone",
        "'europe/zurich' is not an IANA time zone; write one such as UTC or Europe/Zurich",
    ),
    "seventh day of a week": (
        {"maintenance": {"vacuum": {"schedule": "0 3 * * 7"}}},
        "spec.maintenance.vacuum.schedule",
        "the day of the week (field 5) must be 0 to 6, SUN to SAT or *; Sunday is 0, not 7; L and "
        "# are not supported; it is '7'",
    ),
    "word for a schedule": (
        {"maintenance": {"reindex": {"schedule": "daily"}}},
        "spec.maintenance.reindex.schedule",
        "write five fields (minute, hour, day of the month, month, day of the week) or one of "
        "@yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly",
    ),
    "day that never comes": (
        {"maintenance": {"vacuum": {"schedule": "0 3 31 2 *"}}},
        "spec.maintenance.vacuum.schedule",
        "'0 3 31 2 *' never starts a job: none of its months has such a day",
    ),
    "mid-month in the first week": (
        {"maintenance": {"reindex": {"schedule": "0 4 15 * *"}}},
        "spec.maintenance.reindex.schedule",
        "'0 4 15 * *' never starts a job on days 1 to 7 of a month; set firstWeekOnly: false, or "
        "choose one of these days",
    ),
    "no network": (
        {
            "networkPolicy": {
                "egress": [
                    {"reason": "r", "components": ["web"], "ports": [1], "cidrs": ["192.0.2.1/24"]}
                ]
            }
        },
        "spec.networkPolicy.egress[0].cidrs",
        "192.0.2.1/24 has host bits set; write a network such as 192.0.2.0/24, or one address as "
        "192.0.2.17/32",
    ),
    "helpers without room": (
        {"helpers": resources({"cpu": "1"}, {"cpu": "500m"})},
        "spec.helpers.resources.requests.cpu",
        "1 is more than its limit 500m; lower it or raise the limit",
    ),
    "helpers too small": (
        {"helpers": resources({}, {"memory": "32Mi"})},
        "spec.helpers.resources.limits.memory",
        "32Mi is less than the request 128Mi that some of them need; raise it, or give a lower "
        "request",
    ),
    "port beyond the last": (
        {
            "ai": {
                "providers": [
                    {"name": "lab", "kind": "openaiCompatible", "baseUrl": "http://a.lab:65536/v1"}
                ]
            }
        },
        "spec.ai.providers[lab].baseUrl",
        "port 65536 does not exist; the highest port is 65535",
    ),
    "address with a port beyond the last": (
        {"web": {"publicUrl": "https://a.org:65536/lab"}},
        "spec.web.publicUrl",
        "port 65536 does not exist; the highest port is 65535",
    ),
    "Redis fills its limit": (
        {"redis": {"maxMemory": "1Gi", **resources({}, {"memory": "1024Mi"})}},
        "spec.redis.resources.limits.memory",
        "1024Mi leaves Redis no memory beside maxMemory 1Gi; give at least a quarter more than "
        "maxMemory",
    ),
    "Redis default fills its limit": (
        {"redis": resources({}, {"memory": "256Mi"})},
        "spec.redis.resources.limits.memory",
        "256Mi leaves Redis no memory beside maxMemory 512Mi; give at least a quarter more than "
        "maxMemory",
    ),
    "property given twice": (
        {"server": {**LDAP, "config": {"omero.ldap.password": "x"}}},
        "spec.server.configSecretRefs",
        "'omero.ldap.password' is also in spec.server.config; remove one of them",
    ),
    "property of the web given twice": (
        {"web": {**PUBLIC, "config": {"omero.web.page_size": "200"}}},
        "spec.web.configSecretRefs",
        "'omero.web.page_size' is also in spec.web.config; remove one of them",
    ),
    **{
        f"request over limit in {block}": (
            {block: resources({"cpu": "1500m"}, {"cpu": "1"})},
            f"spec.{block}.resources.requests.cpu",
            "1500m is more than its limit 1; lower it or raise the limit",
        )
        for block in BLOCKS
    },
}


@pytest.mark.parametrize("given", GOOD.values(), ids=GOOD.keys())
def test_specification_that_can_be_carried_out_has_no_error(given: dict[str, Any]) -> None:
    assert validation.check(spec(**given)) == []


@pytest.mark.parametrize(("given", "path", "message"), BAD.values(), ids=BAD.keys())
def test_error_names_the_field_and_what_to_write(
    given: dict[str, Any], path: str, message: str
) -> None:
    assert validation.check(spec(**given)) == [FieldError(path, message)]


def test_all_errors_are_told_at_once() -> None:
    """Whoever writes a resource corrects it once, not once per error."""
    errors = validation.check(
        spec(
            timeZone="Nowhere",
            web=resources({"cpu": "2", "memory": "2Gi"}, {"cpu": "1", "memory": "1Gi"}),
            server={**LDAP, "config": {"omero.ldap.password": "x"}},
        )
    )
    assert [error.path for error in errors] == [
        "spec.timeZone",
        "spec.server.configSecretRefs",
        "spec.web.resources.requests.cpu",
        "spec.web.resources.requests.memory",
    ]


def test_error_reads_as_path_and_message() -> None:
    assert str(FieldError("spec.size", "too small")) == "spec.size: too small"


@pytest.mark.parametrize(
    "given",
    [
        {"web": resources({"memory": "2Gi"}, {})},
        {"web": resources({}, {"memory": "128Mi"})},
        {"redis": {"maxMemory": "2Gi"}},
    ],
    ids=["request over the profile's limit", "limit under its request", "Redis over its limit"],
)
def test_values_of_the_size_profile_count_as_well(given: dict[str, Any]) -> None:
    """Small: web 256Mi to 1Gi, Redis up to 768Mi. The pods would be refused, or killed."""
    assert validation.check(spec(**given)) != []

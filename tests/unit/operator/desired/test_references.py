"""What a specification names and does not own, and which components wait for it."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.desired.plan import secret_references
from operator_builders import EXTERNAL_DATABASE, EXTERNAL_REDIS, context, spec

PG = "spec.{}.external.credentialsSecretRef"

ROWS: dict[str, tuple[dict[str, Any], set[tuple[str, str, str, tuple[str, ...], bool]]]] = {
    "default site": ({}, set()),
    "root password": (
        {"server": {"rootPasswordSecretRef": {"name": "r", "key": "k"}}},
        {
            ("server", "spec.server.rootPasswordSecretRef", "r", ("k",), True),
            ("bootstrap", "spec.server.rootPasswordSecretRef", "r", ("k",), True),
        },
    ),
    "property": (
        {
            "server": {
                "configSecretRefs": [
                    {"property": "omero.a", "secretKeyRef": {"name": "s", "key": "k"}}
                ]
            }
        },
        {("server", "spec.server.configSecretRefs[omero.a]", "s", ("k",), True)},
    ),
    "property of the web": (
        {
            "web": {
                "configSecretRefs": [
                    {"property": "omero.web.a", "secretKeyRef": {"name": "s", "key": "k"}}
                ]
            }
        },
        {
            (who, "spec.web.configSecretRefs[omero.web.a]", "s", ("k",), True)
            for who in ("web", "uploads", "exports")
        },
    ),
    "database": (
        {"database": EXTERNAL_DATABASE},
        {
            (who, PG.format("database"), "pg", ("u", "p"), True)
            for who in ("database", "server", "maintenance")
        },
    ),
    "plugin database": (
        {"pluginDatabase": EXTERNAL_DATABASE},
        {
            (who, PG.format("pluginDatabase"), "pg", ("u", "p"), True)
            for who in ("plugin-database", "web", "worker", "uploads", "exports", "maintenance")
        },
    ),
    "Redis": (
        {"redis": EXTERNAL_REDIS},
        {
            (who, "spec.redis.external.passwordSecretRef", "redis-login", ("pw",), True)
            for who in ("redis", "web", "worker", "uploads", "exports")
        },
    ),
    "OMP's secret": (
        {"web": {"plugins": {"omp": {"hashSecretRef": {"name": "h", "key": "k"}}}}},
        {
            (who, "spec.web.plugins.omp.hashSecretRef", "h", ("k",), True)
            for who in ("web", "worker")
        },
    ),
    "OMP's secret while it is off": (
        {
            "web": {
                "plugins": {"omp": {"enabled": False, "hashSecretRef": {"name": "h", "key": "k"}}}
            }
        },
        set(),
    ),
    "certificate": (
        {"web": {"ingress": {"host": "a.org", "tls": {"secretName": "cert"}}}},
        {
            (
                "ingress",
                "spec.web.ingress.tls.secretName",
                "cert",
                ("tls.crt", "tls.key"),
                # Most controllers serve a certificate of their own meanwhile.
                False,
            )
        },
    ),
    "certificate of an issuer": (
        {"web": {"ingress": {"host": "a.org", "tls": {"clusterIssuer": "acme"}}}},
        set(),
    ),
}


@pytest.mark.parametrize(("blocks", "expected"), ROWS.values(), ids=ROWS.keys())
def test_reference(
    blocks: dict[str, Any], expected: set[tuple[str, str, str, tuple[str, ...], bool]]
) -> None:
    found = secret_references(context(spec(**blocks)))
    assert {(r.component, r.path, r.name, r.keys, r.holds) for r in found} == expected
    assert len(found) == len(expected)

"""`spec: {}` is a working small site, and nothing unknown gets into a specification."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from omero_operator.api.v1alpha1 import rules
from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec

EMPTY_RESOURCES: dict[str, Any] = {"requests": {}, "limits": {}}
MANAGED_DATABASE = {
    "mode": "managed",
    "storage": {"size": "10Gi"},
    "parameters": {},
    "resources": EMPTY_RESOURCES,
}
DEFAULTS = {
    "timeZone": "UTC",
    "size": "small",
    "images": {"pullSecrets": []},
    "upgrade": {
        "backup": "Verified",
        "maxBackupAgeHours": 24,
        "stepTimeoutMinutes": 60,
        "memoFiles": {"ahead": False, "parallel": 2},
    },
    "server": {
        "config": {},
        "configSecretRefs": [],
        "groups": [],
        "storage": {"size": "10Gi", "accessMode": "ReadWriteOnce"},
        "readOnlyReplicas": 0,
        "resources": EMPTY_RESOURCES,
        "service": {"type": "ClusterIP", "insecurePort": False, "annotations": {}},
        "scriptProcessors": 1,
        "startSeconds": 1800,
        "drainSeconds": 600,
    },
    "web": {
        "replicas": 2,
        "config": {},
        "configSecretRefs": [],
        "resources": EMPTY_RESOURCES,
        "front": {
            "maxRequestSize": "256Mi",
            "trustedProxies": [],
            "resources": EMPTY_RESOURCES,
        },
        "apps": [
            "gallery",
            "figure",
            "fpbioimage",
            "iviewer",
            "mapr",
            "parade",
            "zarr",
            "autotag",
            "tagsearch",
        ],
        "topLinks": [],
        "openWith": [],
        "extraPlugins": [],
        "plugins": {
            "omp": {"enabled": True, "signature": "pair"},
            "upload": {"enabled": True},
            "imaris": {"enabled": True},
            "adminTools": {
                "enabled": False,
                "kubernetes": {
                    "enabled": True,
                    "apiServerPorts": [443, 6443, 8443, 16443],
                    "apiServerCidrs": [],
                },
                "quotas": {"schedule": "*/15 * * * *"},
            },
        },
        "uploads": {
            "replicas": 1,
            "storage": {"size": "50Gi", "accessMode": "ReadWriteOnce"},
            "resources": EMPTY_RESOURCES,
            "importWorker": {"resources": EMPTY_RESOURCES},
            "streams": 24,
            "maxBytes": "1Ti",
            "concurrency": 3,
            "batchSize": 5,
            "imports": 2,
            "importTimeoutSeconds": 7200,
            "javaHeap": "512Mi",
            "driver": "auto",
            "inPlace": False,
            "specialMethods": True,
            "cleanup": {
                "intervalSeconds": 300,
                "maxAgeSeconds": 43_200,
                "staleAgeSeconds": 604_800,
                "maxDelete": 25,
            },
        },
        "logins": {
            "triesPerAccountAndAddress": 10,
            "triesPerAddress": 60,
            "triesPerAccount": 30,
        },
    },
    "worker": {
        "replicas": 1,
        "concurrency": 2,
        "queues": ["default"],
        "network": {"concurrency": 8, "resources": EMPTY_RESOURCES},
        "resources": EMPTY_RESOURCES,
    },
    "imaris": {
        "replicas": 1,
        "storage": {"size": "50Gi", "accessMode": "ReadWriteOnce"},
        "resources": EMPTY_RESOURCES,
        "worker": {
            "ownPods": False,
            "replicas": 1,
            "concurrency": 2,
            "resources": EMPTY_RESOURCES,
        },
        "downloads": 24,
        "memory": "512Mi",
        "maxImageBytes": "1Ti",
        "exportsPerUser": 1000,
        "attach": "choice",
        "keepSeconds": 604_800,
        "syncSeconds": 40,
        "script": {
            "use": "auto",
            "name": "IMS_Export.py",
            "startTimeoutSeconds": 60,
            "timeoutSeconds": 7200,
        },
        "cleanupIntervalSeconds": 300,
    },
    "database": MANAGED_DATABASE,
    "pluginDatabase": MANAGED_DATABASE,
    "redis": {"mode": "managed", "maxMemory": "512Mi", "resources": EMPTY_RESOURCES},
    "maintenance": {
        "suspend": False,
        "vacuum": {"schedule": "0 3 * * 0"},
        "reindex": {"schedule": "0 4 * * 0", "firstWeekOnly": True},
        "resources": EMPTY_RESOURCES,
    },
    "backup": {
        "enabled": False,
        "suspend": False,
        "schedule": "0 1 * * *",
        "files": {"method": "copy"},
        "retention": {"count": 14, "days": 0},
        "verify": {"enabled": True, "readPercent": 5},
        "resources": EMPTY_RESOURCES,
    },
    "bootstrap": {},
    "ai": {"providers": []},
    "monitoring": {
        "exporters": False,
        "scrapers": {
            "namespaceLabels": {},
            "podLabels": {"app.kubernetes.io/name": "prometheus"},
        },
    },
    "scheduling": {"nodeSelector": {}, "tolerations": []},
    "security": {"userIds": "Fixed"},
    "helpers": {"resources": EMPTY_RESOURCES},
    "networkPolicy": {"enabled": True, "egress": []},
    "deletionPolicy": "Retain",
    "deletionProtection": False,
    "hibernated": False,
}


def test_empty_spec_has_these_defaults() -> None:
    """Written out, because a changed default changes every site that does not name it."""
    spec = PlatformSpec.model_validate({})
    assert spec.model_dump(by_alias=True, exclude_none=True) == DEFAULTS


def test_empty_spec_can_be_carried_out() -> None:
    assert rules.check(PlatformSpec.model_validate({})) == []


@pytest.mark.parametrize(
    "given",
    [
        {"replica": 2},
        {"web": {"replica": 2}},
        {"server": {"storage": {"sise": "1Gi"}}},
        {"images": {"celery": "x"}},
        {"scheduling": {"tolerations": [{"tolerationSeconds": 3}]}},
        {"server": {"groups": [{"name": "a", "members": []}]}},
    ],
    ids=["spec", "block", "shared block", "map of fields", "list item", "described item"],
)
def test_unknown_key_is_refused(given: dict[str, Any]) -> None:
    """A typing mistake that is dropped in silence leaves a site with the default."""
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        PlatformSpec.model_validate(given)


@pytest.mark.parametrize(
    "given",
    [
        {"size": "tiny"},
        {"timeZone": "Europe Zurich"},
        {"web": {"replicas": 0}},
        {"worker": {"queues": []}},
        {"worker": {"queues": ["Default"]}},
        {"server": {"config": {"omero.x": "two\nlines"}}},
        {"server": {"groups": [{"name": "a", "permissions": "rwrw--"}]}},
        {"redis": {"maxMemory": "half"}},
        {"maintenance": {"vacuum": {"schedule": "@"}}},
        {"web": {"ingress": {"host": "Images.Example.org"}}},
        {"images": {"web": "two words"}},
        {"database": {"mode": "external", "external": {"host": "a.b", "database": "1x"}}},
    ],
    ids=lambda given: "-".join(given),
)
def test_value_out_of_its_bounds_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PlatformSpec.model_validate(given)


def test_specification_cannot_be_changed_after_parsing() -> None:
    """Builders share it; one that changed it would change what the next one sees."""
    spec = PlatformSpec()
    with pytest.raises(ValidationError, match="frozen"):
        spec.web.replicas = 3

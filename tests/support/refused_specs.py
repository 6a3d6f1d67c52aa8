"""Specifications that the API server refuses, and a few that it takes, with its words.

`omero-operator plan` has to say the same without it.
"""

from __future__ import annotations

from typing import Any

from omero_operator.api.v1alpha1 import web_properties

Spec = dict[str, Any]


def _web_secret(name: str) -> Spec:
    reference = {"name": "s", "key": "k"}
    return {"web": {"configSecretRefs": [{"property": name, "secretKeyRef": reference}]}}


_SENTINEL = {"masterName": "omero", "hosts": ["s"]}


def _redis(**fields: Any) -> Spec:
    external = {"passwordSecretRef": {"name": "s", "key": "k"}, **fields}
    return {"redis": {"mode": "external", "external": external}}


_CLUSTER: Spec = {"mode": "cloudNativePG", "cloudNativePG": {}}
_S3 = {"endpoint": "https://s3", "bucket": "abc", "credentialsSecretRef": {"name": "s"}}
_PG_BACKUP = {"s3": _S3, "serverName": "a"}


def _bucket(**fields: Any) -> Spec:
    return {"backup": {"enabled": True, "s3": _S3 | fields}}


def _cluster(**fields: Any) -> Spec:
    return {"mode": "cloudNativePG", "cloudNativePG": fields}


REFUSED: list[tuple[str, Spec, str]] = [
    ("unknown-field", {"sever": {}}, "sever"),
    ("wrong-type", {"web": {"replicas": "two"}}, "spec.web.replicas"),
    ("too-many", {"web": {"replicas": 51}}, "spec.web.replicas"),
    ("enum", {"size": "huge"}, "spec.size"),
    ("s3-without-scheme", _bucket(endpoint="s3.example.org"), "write https:// or http://"),
    ("s3-with-a-path", _bucket(endpoint="https://a.b/minio"), "write https:// or http://"),
    ("s3-capital-bucket", _bucket(bucket="My_Bucket"), "3 to 63 small letters"),
    ("s3-prefix-with-slashes", _bucket(prefix="/omero/"), "write a folder such as"),
    ("s3-prefix-upwards", _bucket(prefix="a/../../b"), "write a folder such as"),
    ("quantity", {"server": {"storage": {"size": "ten"}}}, "spec.server.storage.size"),
    ("cron", {"maintenance": {"vacuum": {"schedule": "at night"}}}, "spec.maintenance.vacuum"),
    ("tls-without-host", {"web": {"ingress": {"tls": {"secretName": "x"}}}}, "tls needs host"),
    (
        "two-certificates",
        {"web": {"ingress": {"host": "a.b", "tls": {"secretName": "x", "issuer": "y"}}}},
        "one of secretName, clusterIssuer and issuer",
    ),
    ("jmx-port-of-omero", {"monitoring": {"jmxPort": 4064}}, "OMERO.server itself uses"),
    ("jmx-port-too-high", {"monitoring": {"jmxPort": 65534}}, "spec.monitoring.jmxPort"),
    ("no-address", {"web": {"publicUrl": "omero.example.org"}}, "spec.web.publicUrl"),
    (
        "route-without-address",
        {"web": {"gateway": {"parentRefs": [{"name": "public"}]}}},
        "gateway needs publicUrl",
    ),
    (
        "fewest-above-most",
        {"web": {"autoscaling": {"minReplicas": 9, "maxReplicas": 3}}},
        "minReplicas must not be greater",
    ),
    (
        "websockets-at-a-path-of-the-web",
        {"server": {"websockets": {"path": "/webclient"}}},
        "OMERO.web has this path",
    ),
    ("capital-host", {"web": {"publicUrl": "https://Omero.example.org"}}, "spec.web.publicUrl"),
    (
        "address-said-twice",
        {"web": {"publicUrl": "https://a.b", "ingress": {"path": "/lab"}}},
        "publicUrl sets port and path",
    ),
    (
        "tls-under-http",
        {"web": {"publicUrl": "http://a.b", "ingress": {"tls": {}}}},
        "publicUrl begins with http://",
    ),
    ("backup-without-place", {"backup": {"enabled": True}}, "a backup needs either claim or s3"),
    (
        "restore-from-nowhere",
        {"bootstrap": {"restoreFrom": {"backup": "latest"}}},
        "a restore needs either claim or s3",
    ),
    ("external-without-block", {"database": {"mode": "external"}}, "mode external needs"),
    (
        "block-without-external",
        {"redis": {"external": {"host": "r", "passwordSecretRef": {"name": "s", "key": "k"}}}},
        "is only for mode external",
    ),
    (
        "cluster-without-block",
        {"database": {"mode": "cloudNativePG"}},
        "mode cloudNativePG needs the block cloudNativePG",
    ),
    (
        "cluster-in-another-mode",
        {"pluginDatabase": {"cloudNativePG": {}}},
        "mode cloudNativePG needs the block cloudNativePG",
    ),
    (
        "cluster-on-a-claim",
        {"database": {**_CLUSTER, "storage": {"existingClaim": "mine"}}},
        "CloudNativePG makes its own claims",
    ),
    (
        "recovery-without-bucket",
        {"database": _cluster(recoverFrom={"serverName": "a"})},
        "recoverFrom needs the block backup",
    ),
    (
        "recovery-into-its-own-source",
        {"database": _cluster(backup=_PG_BACKUP, recoverFrom={"serverName": "a"})},
        "backup.serverName must be set to another name",
    ),
    (
        "recovery-to-no-moment",
        {"database": _cluster(recoverFrom={"serverName": "a", "targetTime": "yesterday"})},
        "spec.database.cloudNativePG.recoverFrom.targetTime",
    ),
    (
        "read-only-servers-on-a-volume-of-one-node",
        {"server": {"readOnlyReplicas": 2}},
        "readOnlyReplicas needs storage.accessMode ReadWriteMany",
    ),
    ("redis-without-address", _redis(), "give host, or sentinel"),
    ("redis-with-two-addresses", _redis(host="r", sentinel=_SENTINEL), "give host, or sentinel"),
    (
        "sentinel-without-hosts",
        _redis(sentinel={"masterName": "omero", "hosts": []}),
        "spec.redis.external.sentinel.hosts",
    ),
    (
        "name-of-a-master",
        _redis(sentinel={**_SENTINEL, "masterName": "two words"}),
        "spec.redis.external.sentinel.masterName",
    ),
    (
        "reserved-db",
        {"server": {"config": {"omero.db.host": "x"}}},
        "properties: omero.data.dir",
    ),
    (
        "reserved-dir",
        {"server": {"config": {"omero.data.dir": "/x"}}},
        "properties: omero.data.dir",
    ),
    *(
        (f"reserved-web-{names[0]}", {"web": {"config": {names[0]: "x"}}}, f"{names[0]}")
        for names in web_properties.REFUSED.values()
    ),
    *(
        (f"reserved-web-secret-{names[0]}", _web_secret(names[0]), f"{names[0]}")
        for names in web_properties.REFUSED.values()
    ),
    *(
        (
            f"secret-{name}",
            {"web": {"config": {name: "x"}}},
            "put the value into a Secret, and its name and key into spec.web.configSecretRefs",
        )
        for name in web_properties.SECRET
    ),
    ("web-secret-name", _web_secret("page_size"), "spec.web.configSecretRefs[0].property"),
    (
        "reserved-secret",
        {
            "server": {
                "configSecretRefs": [
                    {"property": "omero.db.pass", "secretKeyRef": {"name": "s", "key": "k"}}
                ]
            }
        },
        "properties: omero.data.dir",
    ),
    ("newline", {"server": {"config": {"omero.x": "a\nconfig drop"}}}, "spec.server.config"),
    ("system-group", {"server": {"groups": [{"name": "system"}]}}, "OMERO's own groups"),
    ("group-twice", {"server": {"groups": [{"name": "a"}, {"name": "a"}]}}, "groups[1]"),
    ("pg-port", {"database": {"parameters": {"port": "1"}}}, "the operator sets this"),
    (
        "claim-and-class",
        {"server": {"storage": {"existingClaim": "a", "storageClassName": "b"}}},
        "existingClaim or storageClassName, not both",
    ),
    (
        "delete-existing",
        {"deletionPolicy": "Delete", "server": {"storage": {"existingClaim": "a"}}},
        "deletionPolicy Delete cannot be used with existingClaim",
    ),
    (
        "provider-without-address",
        {"ai": {"providers": [{"name": "lab", "kind": "openaiCompatible"}]}},
        "openaiCompatible needs baseUrl",
    ),
    (
        "provider-with-another-address",
        {"ai": {"providers": [{"name": "a", "kind": "openai", "baseUrl": "https://elsewhere"}]}},
        "the other kinds must not have one",
    ),
    (
        "password-in-an-address",
        {
            "ai": {
                "providers": [
                    {"name": "lab", "kind": "openaiCompatible", "baseUrl": "http://me:pw@lab/v1"}
                ]
            }
        },
        "baseUrl",
    ),
    (
        "provider-twice",
        {"ai": {"providers": [{"name": "a", "kind": "openai"}, {"name": "a", "kind": "google"}]}},
        "providers[1]",
    ),
    ("local-zone", {"timeZone": "Local"}, "write an IANA time zone"),
    ("property-name", {"server": {"config": {"1st": "x"}}}, "property names have only letters"),
    ("node-port", {"server": {"service": {"nodePort": 30064}}}, "nodePort needs type NodePort"),
    ("not-omero", {"web": {"config": {"page_size": "10"}}}, "properties start with 'omero.'"),
    ("upper-case", {"database": {"parameters": {"Port": "1"}}}, "are lower-case names"),
    (
        "app-twice",
        {
            "web": {
                "extraPlugins": [
                    {"name": "a", "image": "i", "app": "one"},
                    {"name": "b", "image": "i", "app": "one"},
                ]
            }
        },
        "two extraPlugins have the same app",
    ),
    ("set-twice", {"worker": {"queues": ["default", "default"]}}, "spec.worker.queues[1]"),
    *(
        (f"cron-{name}", {"maintenance": {"reindex": {"schedule": schedule}}}, words)
        for name, schedule, words in (
            ("fields", "0 3 * *", "write five fields"),
            ("minute", "60 3 * * 0", "the minute (field 1)"),
            ("hour", "0 25 * * 0", "the hour (field 2)"),
            ("day", "0 3 L * *", "the day of the month (field 3)"),
            ("month", "0 3 * 13 *", "the month (field 4)"),
            ("weekday", "0 3 * * 7", "the day of the week (field 5)"),
            ("range", "0 3 * * FRI-MON", "a range must go from low to high"),
        )
    ),
    (
        "uploads-on-one-node",
        {"web": {"uploads": {"replicas": 2}}},
        "several replicas share one volume",
    ),
    (
        "uploads-stale",
        {"web": {"uploads": {"cleanup": {"maxAgeSeconds": 600, "staleAgeSeconds": 60}}}},
        "staleAgeSeconds must be at least maxAgeSeconds",
    ),
    (
        "exports-on-one-node",
        {"imaris": {"replicas": 2}},
        "several replicas share one volume",
    ),
    (
        "exports-written-elsewhere",
        {"imaris": {"worker": {"ownPods": True}}},
        "a worker in its own pods shares the volume",
    ),
    (
        "exports-without-pods",
        {"imaris": {"worker": {"replicas": 2}}},
        "worker.replicas is for a worker in its own pods",
    ),
    ("exports-elsewhere", {"worker": {"queues": ["default", "exports"]}}, "the queue exports"),
    ("imports-elsewhere", {"worker": {"queues": ["default", "imports"]}}, "the queue imports"),
    ("text-for-number", {"web": {"replicas": "3"}}, "spec.web.replicas"),
    ("number-for-text", {"server": {"config": {"omero.x": 1}}}, "omero.x"),
    ("text-for-truth", {"hibernated": "yes"}, "spec.hibernated"),
    ("snake-case", {"network_policy": {"enabled": True}}, "network_policy"),
    ("missing", {"server": {"groups": [{"permissions": "private"}]}}, "spec.server.groups[0].name"),
]

# Names of platforms that their children could not have.
NAMES = [
    ("x" * 41, "40 characters"),
    ("1st", "must begin with a letter"),
    ("a.b", "must begin with a letter"),
]

# What looks wrong and is not: the API server takes it.
ACCEPTED: list[tuple[str, Spec | None]] = [
    ("no-spec", None),
    ("null-block", {"web": None, "server": {"storage": None}}),
    ("null-value", {"web": {"ingress": {"host": None}}}),
    ("https-elsewhere", {"web": {"ingress": {"host": "a.b", "tls": {}}}}),
    ("address-of-a-route", {"web": {"publicUrl": "https://a.b:8443/lab/"}}),
    ("address-and-ingress", {"web": {"publicUrl": "https://a.b/lab", "ingress": {"tls": {}}}}),
    ("password-from-a-secret", _web_secret("omero.web.public.password")),
    ("two-queues", {"worker": {"queues": ["default", "slow"]}}),
    ("schedule", {"maintenance": {"vacuum": {"schedule": "*/15 0-6 1,15 * mon-FRI"}}}),
]

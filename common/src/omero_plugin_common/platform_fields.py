"""Which field of the OmeroPlatform a variable comes from: what a person edits to change it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_FIELDS: Final[dict[str, str]] = {
    "BOOTSTRAP_FILE": "spec.server.groups",
    "FRONT_MAX_REQUEST_BYTES": "spec.web.front.maxRequestSize",
    "FRONT_ONLY": "spec.web.plugins",
    "FRONT_GRAFANA_ADDRESS": "spec.monitoring.grafanaUrl",
    "FRONT_GRAFANA_PATH": "spec.monitoring.grafanaUrl",
    "FRONT_GRAFANA_URL": "spec.monitoring.grafanaServiceUrl",
    "FRONT_STREAMS": "spec.web.uploads.streams or spec.imaris.downloads",
    "FRONT_TRUSTED_PROXIES": "spec.web.front.trustedProxies",
    "EXPORT_WORKER_CONCURRENCY": "spec.imaris.worker.concurrency",
    "IMPORT_WORKER_CONCURRENCY": "spec.web.uploads.imports",
    "INGRESS_HOST": "spec.web.ingress.host",
    "JOB_LEASE_SECONDS": "spec.worker",
    "JOB_RETENTION_DAYS": "spec.worker",
    "JOB_VISIBILITY_SECONDS": "spec.worker",
    "JOB_SERVICE_PASSWORD_FILE": "the Secret of spec.server's job-service account",
    "JOB_SERVICE_USER": "spec.server's job-service account",
    "LOGIN_TRIES_PER_ACCOUNT": "spec.web.logins.triesPerAccount",
    "LOGIN_TRIES_PER_ACCOUNT_AND_ADDRESS": "spec.web.logins.triesPerAccountAndAddress",
    "LOGIN_TRIES_PER_ADDRESS": "spec.web.logins.triesPerAddress",
    "OMERO_HOST": "spec.server",
    "OMERO_PORT": "spec.server",
    "OMERO_ROOT_PASSWORD_FILE": "spec.server.rootPasswordSecretRef",
    "OMERO_WEB_SECRET_CONFIG_FOLDER": "spec.web.configSecretRefs",
    "OMERO_WEB_SECRET_KEY_FILE": "the Secret of spec.web",
    "OMP_DATA_CA_FILE": "the Secret of spec.pluginDatabase.external.tls.caSecretRef",
    "OMP_DATA_DB": "spec.pluginDatabase",
    "OMP_DATA_HOST": "spec.pluginDatabase",
    "OMP_DATA_PASS_FILE": "the Secret of spec.pluginDatabase",
    "OMP_DATA_PORT": "spec.pluginDatabase",
    "OMP_DATA_USER": "spec.pluginDatabase",
    "PLUGIN_KEYS_FILE": "the Secret of the plugins' encryption keys",
    "PLUGIN_PACKAGES": "spec.web.plugins and spec.web.extraPlugins",
    "PUBLIC_URL": "spec.web.publicUrl or spec.web.ingress",
    "RATE_LIMIT_WITHOUT_REDIS": "spec.web",
    "REDIS_CA_FILE": "the Secret of spec.redis.external.tls.caSecretRef",
    "REDIS_HOST": "spec.redis",
    "REDIS_MASTER_NAME": "spec.redis.external.sentinel.masterName",
    "REDIS_PASSWORD_FILE": "the Secret of spec.redis",
    "REDIS_PORT": "spec.redis",
    "REDIS_SENTINELS": "spec.redis.external.sentinel.hosts",
    "REDIS_SENTINEL_PASSWORD_FILE": "the Secret of spec.redis.external.sentinel.passwordSecretRef",
    "REDIS_TLS": "spec.redis.external.tls",
    "WEB_WORKERS": "spec.web",
    "WORKER_CONCURRENCY": "spec.worker.concurrency",
    "WORKER_QUEUES": "spec.worker.queues",
    "NETWORK_WORKER_CONCURRENCY": "spec.worker.network.concurrency",
}
_declared: dict[str, str] = {}


def declare(fields: Mapping[str, str]) -> None:
    """Tell of a plugin's own variables.

    Args:
        fields: the field of the OmeroPlatform of each variable, such as
            `{"OMP_HASH_SECRET_FILE": "spec.web.apps"}`.
    """
    _declared.update(fields)


def field_of(name: str) -> str:
    """The field of the OmeroPlatform that sets a variable, for an error message."""
    return _FIELDS.get(name) or _declared.get(name) or "the workload that the operator made"

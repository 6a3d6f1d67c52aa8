"""Everything that can be wrong with a specification that fits the schema, without a cluster."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from omero_operator.api.quantity import amount
from omero_operator.api.v1alpha1 import rules
from omero_operator.api.v1alpha1.fields import Resources
from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.api.v1alpha1.rules import FieldError
from omero_operator.desired import exports, front, uploads, worker
from omero_operator.desired.component import HELPERS, READER, Component, Profile
from omero_operator.desired.plan import COMPONENTS
from omero_operator.desired.public_url import public_url
from omero_operator.desired.redis import REDIS

# Of a worker's process, beside the pixels that it holds.
_PROGRAM = "256Mi"


def check(spec: PlatformSpec) -> list[FieldError]:
    """Apply every rule: those of the fields, and those on resources, which depend on the size.

    Args:
        spec: A specification that already fits the schema.

    Returns:
        All errors; empty when the specification is valid.
    """
    resources = [error for component in COMPONENTS for error in _below_limits(spec, component)]
    return [
        *rules.check(spec),
        *resources,
        *_helpers_below_limits(spec),
        *_conflicts(
            "spec.web.front", spec.web.front.resources, front.PROFILE, "that it has by default"
        ),
        *_conflicts(
            "spec.worker.network",
            spec.worker.network.resources,
            worker.NETWORK,
            "that it has by default",
        ),
        *_conflicts(
            "spec.web.uploads.importWorker",
            spec.web.uploads.import_worker.resources,
            uploads.IMPORTS[spec.size],
            f"of size {spec.size}",
        ),
        *_redis_fits_its_limit(spec),
        *_heaps_fit_their_limit(spec),
        *_exports_fit_their_limit(spec),
        *_grafana_is_below_the_site(spec),
    ]


def _below_limits(spec: PlatformSpec, component: Component) -> Iterator[FieldError]:
    """Requests must not be above limits."""
    # Read-only servers have what the server has.
    if component.sizes and component.name != READER:
        given, profile = component.given_resources(spec), component.sizes[spec.size]
        yield from _conflicts(component.path, given, profile, f"of size {spec.size}")


def _helpers_below_limits(spec: PlatformSpec) -> Iterator[FieldError]:
    """The same for what all helpers get; one error for each field is enough."""
    given = spec.helpers.resources
    found = (
        _conflicts("spec.helpers", given, profile, "that some of them need") for profile in HELPERS
    )
    yield from {error.path: error for errors in found for error in errors}.values()


def _conflicts(path: str, given: Resources, profile: Profile, whose: str) -> Iterator[FieldError]:
    """What is wrong with resources that are given, beside those of a profile."""
    effective = profile.resources(given)
    for resource, requested in effective["requests"].items():
        limit = effective["limits"].get(resource)
        if limit is None or amount(requested) <= amount(limit):
            continue
        if resource in given.requests:
            yield FieldError(
                f"{path}.resources.requests.{resource}",
                f"{requested} is more than its limit {limit}; lower it or raise the limit",
            )
        else:
            yield FieldError(
                f"{path}.resources.limits.{resource}",
                f"{limit} is less than the request {requested} {whose}; raise it, "
                "or give a lower request",
            )


def _redis_fits_its_limit(spec: PlatformSpec) -> Iterator[FieldError]:
    limit = REDIS.memory_limit(spec)
    if not spec.redis.external and amount(limit) <= amount(spec.redis.max_memory):
        yield FieldError(
            "spec.redis.resources.limits.memory",
            f"{limit} leaves Redis no memory beside maxMemory {spec.redis.max_memory}; give at "
            "least a quarter more than maxMemory",
        )


def _heaps_fit_their_limit(spec: PlatformSpec) -> Iterator[FieldError]:
    given = spec.web.uploads
    limit = uploads.IMPORTS[spec.size].resources(given.import_worker.resources)["limits"]["memory"]
    count = uploads.imports_of_a_pod(given)
    if amount(limit) < count * amount(given.java_heap) * 3 / 2:
        yield FieldError(
            "spec.web.uploads.importWorker.resources.limits.memory",
            f"{limit} is too little for {count} imports at the same time with a javaHeap of "
            f"{given.java_heap}; give one and a half times their heaps, or lower imports or "
            "javaHeap",
        )


def _exports_fit_their_limit(spec: PlatformSpec) -> Iterator[FieldError]:
    given = spec.imaris
    limit = exports.EXPORT_WORKER.memory_limit(spec)
    count = given.worker.concurrency
    if amount(limit) < count * (amount(given.memory) + amount(_PROGRAM)):
        yield FieldError(
            "spec.imaris.worker.resources.limits.memory",
            f"{limit} is too little for {count} exports at the same time with memory "
            f"{given.memory}; give {_PROGRAM} more than memory for each, or lower "
            "worker.concurrency or memory",
        )


def _grafana_is_below_the_site(spec: PlatformSpec) -> Iterator[FieldError]:
    """OMERO.web can only answer below its own address; none of its applications begins so."""
    monitoring, path = spec.monitoring, "spec.monitoring.grafanaServiceUrl"
    if not monitoring.grafana_service_url:
        return
    if not spec.web.plugins.admin_tools.enabled:
        yield FieldError(
            path, "the admin tools let administrators pass; set spec.web.plugins.adminTools.enabled"
        )
    if urlsplit(monitoring.grafana_service_url).path.strip("/"):
        yield FieldError(path, "Grafana is asked by the path of grafanaUrl; leave the path out")
    site = public_url(spec)
    name = (monitoring.grafana_url or "").rstrip("/").removeprefix(site)
    if not site or not re.fullmatch(r"grafana[A-Za-z0-9_-]*", name):
        yield FieldError(
            "spec.monitoring.grafanaUrl",
            "with grafanaServiceUrl it must be below the address of the site, by a name that "
            f"begins with grafana, such as {site or 'https://omero.example.org/'}grafana",
        )

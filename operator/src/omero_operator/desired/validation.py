"""Everything that can be wrong with a specification that fits the schema, without a cluster."""

from collections.abc import Iterator

from omero_operator.api.quantity import amount
from omero_operator.api.v1alpha1 import rules
from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.api.v1alpha1.rules import FieldError
from omero_operator.desired.component import Component
from omero_operator.desired.plan import COMPONENTS
from omero_operator.desired.redis import REDIS


def check(spec: PlatformSpec) -> list[FieldError]:
    """Apply every rule: those of the fields, and those on resources, which depend on the size.

    Args:
        spec: A specification that already fits the schema.

    Returns:
        All errors; empty when the specification can be carried out.
    """
    resources = [error for component in COMPONENTS for error in _below_limits(spec, component)]
    return [*rules.check(spec), *resources, *_redis_fits_its_limit(spec)]


def _below_limits(spec: PlatformSpec, component: Component) -> Iterator[FieldError]:
    """Requests must not be above limits."""
    if not component.sizes:
        return
    effective, given = component.resources(spec), component.given_resources(spec)
    for resource, requested in effective["requests"].items():
        limit = effective["limits"].get(resource)
        if limit is None or amount(requested) <= amount(limit):
            continue
        if resource in given.requests:
            yield FieldError(
                f"{component.path}.resources.requests.{resource}",
                f"{requested} is more than its limit {limit}; lower it or raise the limit",
            )
        else:
            yield FieldError(
                f"{component.path}.resources.limits.{resource}",
                f"{limit} is less than the request {requested} of size {spec.size}; raise it, "
                "or give a lower request",
            )


def _redis_fits_its_limit(spec: PlatformSpec) -> Iterator[FieldError]:
    limit = REDIS.memory_limit(spec)
    if not spec.redis.external and amount(limit) <= amount(spec.redis.max_memory):
        yield FieldError(
            "spec.redis.resources.limits.memory",
            f"{limit} leaves Redis nothing beside maxMemory {spec.redis.max_memory}; give at "
            "least a quarter more",
        )

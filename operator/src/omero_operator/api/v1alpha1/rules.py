"""Rules over several fields that CEL cannot state, or not in words a person can act on.

Each rule is a function from a specification to errors; the tuple `RULES` is the whole list.
"""

import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from omero_operator.api.quantity import amount
from omero_operator.api.v1alpha1.fields import Resources
from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec


@dataclass(frozen=True)
class FieldError:
    """A field that cannot be carried out as written.

    Attributes:
        path: Where in the resource, e.g. `spec.timeZone`.
        message: What is wrong and what to write instead.
    """

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def _time_zone_exists(spec: PlatformSpec) -> Iterator[FieldError]:
    if spec.time_zone not in zoneinfo.available_timezones():
        yield FieldError(
            "spec.timeZone",
            f"'{spec.time_zone}' is no IANA time zone; write one such as UTC or Europe/Zurich",
        )


def _requests_below_limits(spec: PlatformSpec) -> Iterator[FieldError]:
    blocks: dict[str, Resources] = {
        "server": spec.server.resources,
        "web": spec.web.resources,
        "worker": spec.worker.resources,
        "database": spec.database.resources,
        "pluginDatabase": spec.plugin_database.resources,
        "redis": spec.redis.resources,
        "maintenance": spec.maintenance.resources,
    }
    for name, resources in blocks.items():
        for resource, requested in resources.requests.items():
            limit = resources.limits.get(resource)
            if limit is not None and amount(requested) > amount(limit):
                yield FieldError(
                    f"spec.{name}.resources.requests.{resource}",
                    f"{requested} is more than its limit {limit}; lower it or raise the limit",
                )


def _redis_fits_its_limit(spec: PlatformSpec) -> Iterator[FieldError]:
    limit = spec.redis.resources.limits.get("memory")
    if limit is not None and amount(limit) <= amount(spec.redis.max_memory):
        yield FieldError(
            "spec.redis.resources.limits.memory",
            f"{limit} leaves Redis nothing beside maxMemory {spec.redis.max_memory}; give at "
            "least a quarter more",
        )


def _secret_property_once(spec: PlatformSpec) -> Iterator[FieldError]:
    for reference in spec.server.config_secret_refs:
        if reference.property in spec.server.config:
            yield FieldError(
                "spec.server.configSecretRefs",
                f"'{reference.property}' also stands in spec.server.config; keep one of them",
            )


RULES: tuple[Callable[[PlatformSpec], Iterator[FieldError]], ...] = (
    _time_zone_exists,
    _requests_below_limits,
    _redis_fits_its_limit,
    _secret_property_once,
)


def check(spec: PlatformSpec) -> list[FieldError]:
    """Apply every rule.

    Args:
        spec: A specification that already fits the schema.

    Returns:
        All errors, in the order of the rules; empty when the specification can be carried out.
    """
    return [error for rule in RULES for error in rule(spec)]

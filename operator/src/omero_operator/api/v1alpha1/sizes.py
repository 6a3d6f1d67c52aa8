"""Default resources of every component for the three sizes of a site.

Memory limits only, no CPU limits: a CPU limit slows a component down on an idle node. Figures
for OMERO.server follow OME's advice of 4 GB and up; small is a trial.
"""

from typing import Any, Literal

from omero_operator.api.v1alpha1.fields import Resources

Part = Literal["server", "web", "worker", "database", "plugin-database", "redis", "maintenance"]

# part: (cpu request, memory request, memory limit)
_PROFILES: dict[str, dict[Part, tuple[str, str, str]]] = {
    "small": {
        "server": ("250m", "1Gi", "4Gi"),
        "web": ("50m", "256Mi", "1Gi"),
        "worker": ("50m", "256Mi", "1Gi"),
        "database": ("100m", "256Mi", "1Gi"),
        "plugin-database": ("50m", "128Mi", "512Mi"),
        "redis": ("50m", "64Mi", "768Mi"),
        "maintenance": ("50m", "64Mi", "256Mi"),
    },
    "medium": {
        "server": ("2", "8Gi", "16Gi"),
        "web": ("500m", "1Gi", "2Gi"),
        "worker": ("500m", "1Gi", "4Gi"),
        "database": ("1", "2Gi", "4Gi"),
        "plugin-database": ("250m", "512Mi", "1Gi"),
        "redis": ("100m", "256Mi", "1Gi"),
        "maintenance": ("100m", "128Mi", "512Mi"),
    },
    "large": {
        "server": ("8", "32Gi", "64Gi"),
        "web": ("1", "2Gi", "4Gi"),
        "worker": ("2", "4Gi", "8Gi"),
        "database": ("4", "16Gi", "32Gi"),
        "plugin-database": ("500m", "2Gi", "4Gi"),
        "redis": ("250m", "512Mi", "2Gi"),
        "maintenance": ("250m", "256Mi", "1Gi"),
    },
}


def resources(size: str, part: Part, given: Resources) -> dict[str, Any]:
    """Requests and limits of a container.

    Args:
        size: `small`, `medium` or `large`.
        part: Which component.
        given: What the specification says; it wins key by key.

    Returns:
        A Kubernetes resource block.
    """
    cpu, memory, limit = _PROFILES[size][part]
    return {
        "requests": {"cpu": cpu, "memory": memory, **given.requests},
        "limits": {"memory": limit, **given.limits},
    }


def memory_limit(size: str, part: Part, given: Resources) -> str:
    """The memory limit that a container ends up with."""
    return str(resources(size, part, given)["limits"]["memory"])

"""Which pod does which check: no pod has what is needed for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from omero_plugin_common import platform_fields
from omero_plugin_common.env_utils import get_optional_env
from omero_plugin_common.jobs.registry import NETWORK
from omeroweb_admin_tools.doctor.model import Check

# Which of the pods with volumes the site has; all of them where it does not say.
VOLUMES: Final = "ADMIN_TOOLS_VOLUMES"
platform_fields.declare({VOLUMES: "spec.web.plugins.adminTools"})


@dataclass(frozen=True, slots=True)
class Place:
    """A kind of pods.

    Attributes:
        key: for programs.
        title: for people.
        why: it does these checks.
        begins: what the names of its checks begin with.
        queue: of Celery, to which its worker listens; empty for the pod of OMERO.web itself.
    """

    key: str
    title: str
    why: str
    begins: tuple[str, ...]
    queue: str = ""


WEB: Final = Place(
    "web",
    "OMERO.web",
    "knows the public address, the monitoring and the Kubernetes API",
    ("",),
)
_OTHERS: Final = (
    Place(
        "worker",
        "a worker",
        "has the account that logs in to OMERO.server, and may connect to its database",
        ("omero.", "omero-database."),
        NETWORK,
    ),
    Place(
        "uploads",
        "a worker of the uploads",
        "has the volume of files that were received",
        ("volume.uploads",),
        "imports",
    ),
    Place(
        "exports",
        "a worker of the exports",
        "has the volume of files that were written",
        ("volume.exports",),
        "exports",
    ),
)
PLACES: Final = {each.key: each for each in (WEB, *_OTHERS)}


def site_has(key: str) -> bool:
    """Whether the site has these pods with a volume; true where it does not say.

    Args:
        key: `uploads` or `exports`.
    """
    known = get_optional_env(VOLUMES)
    return known is None or key in known.split(",")


def place_of(name: str) -> Place:
    """Where a check is done.

    Args:
        name: of the check.
    """
    found = next((each for each in _OTHERS if name.startswith(each.begins)), WEB)
    if found.key in ("uploads", "exports") and not site_has(found.key):
        # What the site does not have, nobody would take from the queue; here it says so.
        return WEB
    return found


def at(place: Place, checks: Sequence[Check]) -> list[Check]:
    """The checks that are done there."""
    return [each for each in checks if place_of(each.name) is place]

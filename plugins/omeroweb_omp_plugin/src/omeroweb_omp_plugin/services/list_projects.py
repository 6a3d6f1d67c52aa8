"""What a user can choose images from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

from omero_plugin_common.omero_api.containers import Container
from omeroweb_omp_plugin.omero_api import containers

Access = Literal["read_write", "read_annotate", "read_only"]
_CHILD: Final[dict[str, Literal["Dataset", "Plate"]]] = {"Project": "Dataset", "Screen": "Plate"}


def overview(conn: Any, user_id: int) -> dict[str, Any]:
    """All projects and screens, and what is in none of them.

    `owned` are the user's own projects, `collab` those of others that the user may change,
    `collab_annotate` those that the user may only annotate, `read_only` the rest. Screens come in
    one list, with their access. At most six calls of OMERO, however many there are.
    """
    projects = containers.tops(conn, "Project")
    others = [each for each in projects if each.owner_id != user_id]
    collab = {
        access: [as_json(each, user_id) for each in others if access_of(each) == access]
        for access in ("read_write", "read_annotate", "read_only")
    }
    return {
        "owned": [as_json(each, user_id) for each in projects if each.owner_id == user_id],
        "collab": collab["read_write"],
        "collab_annotate": collab["read_annotate"],
        "read_only": collab["read_only"],
        "collab_available": bool(collab["read_write"] or collab["read_annotate"]),
        "screens": [as_json(each, user_id) for each in containers.tops(conn, "Screen")],
        "orphans": {
            "datasets": _counted(conn, "Dataset", containers.orphans(conn, "Dataset"), user_id),
            "plates": _counted(conn, "Plate", containers.orphans(conn, "Plate"), user_id),
        },
    }


def inside(
    conn: Any, user_id: int, kind: Literal["Project", "Screen"], parent: int
) -> list[dict[str, Any]]:
    """The datasets of a project, or the plates of a screen, with their numbers of images.

    Two calls of OMERO for up to 5000 of them.
    """
    return _counted(conn, _CHILD[kind], containers.children(conn, kind, parent), user_id)


def access_of(container: Container) -> Access:
    """What OMERO lets the user do with a container that belongs to somebody else."""
    if container.edit:
        return "read_write"
    return "read_annotate" if container.annotate else "read_only"


def as_json(container: Container, user_id: int) -> dict[str, Any]:
    """A container as the page gets it."""
    return {
        "id": container.id,
        "name": container.name,
        "kind": container.kind.lower(),
        "owner": container.owner,
        "own": container.owner_id == user_id,
        "group": container.group,
        "access": access_of(container),
    }


def _counted(
    conn: Any, kind: Literal["Dataset", "Plate"], listed: Sequence[Container], user_id: int
) -> list[dict[str, Any]]:
    counts = containers.image_counts(conn, kind, _ids(listed)) if listed else {}
    return [as_json(each, user_id) | {"images": counts[each.id]} for each in listed]


def _ids(listed: Iterable[Container]) -> list[int]:
    return [each.id for each in listed]

"""Whether images can go where a user wants them, before anything is stored."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any, Final, Protocol

from omero_plugin_common.errors import BadRequest, Forbidden, NotFound
from omero_plugin_common.omero_api import users
from omero_plugin_common.omero_api.containers import Container
from omeroweb_upload.omero_api import targets
from omeroweb_upload.omero_api.targets import Kind
from omeroweb_upload.planning.datasets import clean
from omeroweb_upload.planning.settings import Target

_WHERE: Final[tuple[tuple[str, Kind], ...]] = (
    ("project", "Project"),
    ("dataset", "Dataset"),
    ("screen", "Screen"),
)


class InGroup(Protocol):
    """Who asks: the caller of a request or whoever stands for one."""

    @property
    def user_id(self) -> int:
        """The id in OMERO."""

    @property
    def group_id(self) -> int:
        """The group that is active."""

    @property
    def is_admin(self) -> bool:
        """Whether it is an administrator of OMERO."""


@dataclass(frozen=True, slots=True)
class CheckedTarget:
    """A target that the user may put images into.

    Attributes:
        group_id: everything is created in this group.
        group: its name.
        project_id: of a project that exists: the chosen one, or the one that the dataset is in.
        dataset_id: of a dataset that exists.
        dataset_name: its name.
        screen_id: of a screen that exists.
        new_project: name of a project that is to be created; empty when none is.
        new_dataset: the same of a dataset.
        new_screen: the same of a screen.
        from_folders: datasets are named after folders.
        where: the target in words, such as `Project Liver / Dataset 2026-11-29`.
    """

    group_id: int
    group: str
    project_id: int | None = None
    dataset_id: int | None = None
    dataset_name: str = ""
    screen_id: int | None = None
    new_project: str = ""
    new_dataset: str = ""
    new_screen: str = ""
    from_folders: bool = False
    where: str = ""


def checked_target(conn: Any, caller: InGroup, target: Target) -> CheckedTarget:
    """The target, resolved and checked: it exists, the user may link to it, its new names are good.

    At most five calls of OMERO; it changes nothing.

    Args:
        conn: the user's gateway, seeing all groups.
        caller: whose active group is used where the target names none.
        target: from the body of `start/` or `preflight/`.

    Raises:
        NotFound: a project, dataset, screen or group does not exist, or the user may not see it.
        Forbidden: the user may see it and not link to it, or may not create objects in the group.
        BadRequest: the parts are in different groups, a new name is blank, or images have no
            dataset to go to.
    """
    there = {name: _existing(conn, kind, getattr(target, name)) for name, kind in _WHERE}
    new = {name: _new_name(kind, getattr(target, f"new_{name}")) for name, kind in _WHERE}
    _check_has_dataset(target)
    group_id, group = _group(conn, caller, target, [each for each in there.values() if each])
    dataset = there["dataset"]
    project = there["project"]
    project_id = project.id if project else _project_of(conn, dataset)
    return CheckedTarget(
        group_id=group_id,
        group=group,
        project_id=project_id,
        dataset_id=dataset.id if dataset else None,
        dataset_name=dataset.name if dataset else "",
        screen_id=there["screen"].id if there["screen"] else None,
        new_project=new["project"],
        new_dataset=new["dataset"],
        new_screen=new["screen"],
        from_folders=target.from_folders,
        where=_in_words(there, new, from_folders=target.from_folders),
    )


def name_problem(name: str) -> str:
    """What is wrong with the name of a new project, dataset or screen; empty when nothing is."""
    if not name.strip():
        return "is blank"
    if any(unicodedata.category(letter) == "Cc" for letter in name):
        return "contains a line break or another control character"
    return ""


def _existing(conn: Any, kind: Kind, container: int | None) -> Container | None:
    if container is None:
        return None
    one = targets.found(conn, kind, container)
    if one is None:
        raise NotFound(
            f"There is no {kind} {container} that you may see: choose another target",
            code="no_target",
        )
    if not one.link:
        raise Forbidden(
            f"You may see {kind} {container} ({one.name}) of {one.owner}, but not add images to "
            f"it: choose one of your own, or one in a group whose members may write",
            code="may_not_link",
        )
    return one


def _new_name(kind: Kind, name: str | None) -> str:
    if name is None:
        return ""
    if problem := name_problem(name):
        raise BadRequest(f"The name of the new {kind.lower()} {problem}", code="bad_name")
    return clean(name)


def _check_has_dataset(target: Target) -> None:
    """Only datasets and screens have images; a project alone is no place for one."""
    dataset = target.from_folders or target.dataset is not None or target.new_dataset is not None
    if not dataset and (target.project is not None or target.new_project is not None):
        raise BadRequest(
            "A project contains datasets, not images: choose a dataset, name a new one, or let the "
            "folders name them",
            code="no_dataset",
        )


def _group(conn: Any, caller: InGroup, target: Target, there: list[Container]) -> tuple[int, str]:
    """Where all is created: in the group of what exists, else in the chosen or active one."""
    groups = {each.group_id: each.group for each in there}
    if len(groups) > 1:
        places = " and ".join(f"{each.kind} {each.id} in {each.group}" for each in there)
        raise BadRequest(
            f"The parts of a target must be in one group of OMERO: {places}", code="several_groups"
        )
    if groups:
        [(group_id, group)] = groups.items()
        if target.group not in (None, group_id):
            raise BadRequest(
                f"The target is in the group {group}: leave `group` out, or choose that one",
                code="several_groups",
            )
        return group_id, group
    wanted = caller.group_id if target.group is None else target.group
    own = users.own_groups(conn)
    if wanted in own:
        return wanted, own[wanted]
    name = targets.group_name(conn, wanted) if caller.is_admin else None
    if name is None:
        raise Forbidden(
            "You can create projects and datasets in groups that you are a member of: choose one "
            f"of {', '.join(own.values()) or 'them'}",
            code="no_member",
        )
    return wanted, name


def _project_of(conn: Any, dataset: Container | None) -> int | None:
    if dataset is None:
        return None
    projects = targets.projects_of(conn, dataset.id)
    return projects[0] if projects else None


def _in_words(
    there: dict[str, Container | None], new: dict[str, str], *, from_folders: bool
) -> str:
    parts = []
    for name, kind in _WHERE:
        one = there[name]
        if one is not None:
            parts.append(f"{kind} {one.name}")
        elif new[name]:
            parts.append(f"new {kind} {new[name]}")
    if from_folders:
        parts.append("datasets named after folders")
    return " / ".join(parts)

"""A look at an upload before a byte moves. It stores nothing, in OMERO and here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from omero_plugin_common import quotas
from omero_plugin_common.errors import ApiError, BadRequest
from omeroweb_upload import configuration
from omeroweb_upload.omero_api import space, targets
from omeroweb_upload.planning import attachments, preflight, roles, skip
from omeroweb_upload.planning.associations import Offer, offers
from omeroweb_upload.planning.datasets import clean, dataset_of, top_level_name
from omeroweb_upload.planning.preflight import Finding, Planned, about
from omeroweb_upload.planning.settings import StartBody, StoredSettings, Target
from omeroweb_upload.planning.together import Together, head_of, numbered, together
from omeroweb_upload.services import find_duplicates, group_room
from omeroweb_upload.services.check_target import CheckedTarget, checked_target
from omeroweb_upload.services.start_upload import check_room
from omeroweb_upload.transfer import paths
from omeroweb_upload.transfer.errors import BadPath
from omeroweb_upload.transfer.staging import Staging

# Entries of each list in the report.
MOST_SHOWN: Final = 200
# No object of OMERO has this id.
_NEW: Final = 0
# Of the repository's free space, what other users and thumbnails get.
_NEARLY_FULL: Final = 0.95


@dataclass
class _Report:
    """What is known so far."""

    findings: list[Finding] = field(default_factory=list)
    target: CheckedTarget | None = None
    # Name → files, in the order of the list; and name → id of those that exist.
    datasets: dict[str, list[Planned]] = field(default_factory=dict)
    existing: dict[str, int] = field(default_factory=dict)
    groups: list[Together] = field(default_factory=list)


def report(caller: Any, body: StartBody) -> dict[str, Any]:
    """What an upload of this body would meet.

    Args:
        caller: who asks, with a gateway that sees all groups.
        body: the same as for `start/`.

    Raises:
        BadRequest: the settings contradict each other.
    """
    try:
        settings = body.stored()
    except ValueError as error:
        raise BadRequest(str(error)) from None
    made = _Report()
    files = list(_planned(body, settings, made.findings))
    made.groups = together(file.path for file in files if file.role != "skipped")
    images = _heads(files, made.groups)
    _look_at_list(made, files, settings)
    _look_at_target(made, caller, settings.target, images)
    _look_for_room(made, caller.conn, files, settings)
    if made.target is not None:
        by_id = {made.existing[name]: made.datasets[name] for name in made.existing}
        made.findings += find_duplicates.by_name(caller.conn, by_id)
    made.findings += find_duplicates.by_content(
        caller.conn, [file for file in files if file.role != "skipped"]
    )
    return _as_json(made, files)


def _planned(
    body: StartBody, settings: StoredSettings, findings: list[Finding]
) -> Iterator[Planned]:
    """The files whose paths can be used; the others become findings."""
    bad: list[str] = []
    seen: set[str] = set()
    twice: list[str] = []
    for file in body.files:
        try:
            path = paths.usable(file.path)
        except BadPath as error:
            bad.append(str(error))
            continue
        if path in seen:
            twice.append(path)
            continue
        seen.add(path)
        role = roles.role_of(file, path, settings.settings, is_system_file=bool(skip.reason(path)))
        yield Planned(path, file.size, role, file.sha1)
    findings += about("blocks", "bad_path", "{} with a name that cannot be used", bad)
    findings += about("blocks", "path_twice", "{} more than once in the list", twice)
    both = sorted(seen & paths.folders_of(seen))
    findings += about(
        "blocks", "file_and_folder", "{} with a path that is the folder of another file too", both
    )
    if len(body.files) > configuration.MOST_FILES:
        findings.append(
            Finding(
                "blocks",
                "too_many_files",
                f"These are {len(body.files)} files, and one upload may have "
                f"{configuration.MOST_FILES}: send them in several",
                len(body.files),
            )
        )


def _look_at_list(made: _Report, files: Sequence[Planned], settings: StoredSettings) -> None:
    """What names and sizes say."""
    made.findings += preflight.of_list(files)
    made.findings += preflight.of_names(files)
    grouped = head_of(made.groups)
    images = [file.path for file in files if file.role == "image"]
    series = numbered(path for path in images if path not in grouped)
    made.findings += preflight.of_groups(made.groups, series)
    # What an image needs is imported with it.
    attached = [f.path for f in files if f.role == "attachment" and f.path not in grouped]
    rules = settings.settings.attach
    made.findings += preflight.of_attachments(attachments.places(attached, images, rules))
    if files and all(file.role == "skipped" for file in files):
        text = "None of these files would be sent: all of them are system files"
        made.findings.append(Finding("blocks", "nothing_to_send", text, len(files)))


def _look_at_target(made: _Report, caller: Any, target: Target, images: Sequence[Planned]) -> None:
    """Whether images can go there, and which datasets there are already."""
    try:
        made.target = checked_target(caller.conn, caller, target)
    except ApiError as problem:
        made.findings.append(Finding("blocks", problem.code, problem.message))
    older = _sort_into_datasets(made, target, images)
    made.findings += preflight.of_datasets(made.datasets)
    checked = made.target
    if checked is None:
        return
    if checked.dataset_id is not None:
        made.existing = dict.fromkeys(made.datasets, checked.dataset_id)
    elif older and (project := _project(caller.conn, checked)) != _NEW:
        there = targets.datasets_named(
            caller.conn, checked.group_id, [*older, *older.values()], project
        )
        found = {name: there.get(name) or there.get(other) for name, other in older.items()}
        made.existing = {name: one.id for name, one in found.items() if one is not None}
    new = [name for name in made.datasets if name not in made.existing]
    if checked.dataset_id is None and new:
        text = f"{len(new)} dataset{'' if len(new) == 1 else 's'} will be created"
        made.findings.append(
            Finding("informs", "new_datasets", text, len(new), tuple(new[: preflight.EXAMPLES]))
        )


def _project(conn: Any, checked: CheckedTarget) -> int | None:
    """The project that datasets go to: `_NEW` for one that will be created, nothing for none."""
    if not checked.new_project:
        return checked.project_id
    there = targets.own_named(conn, "Project", checked.group_id, checked.new_project)
    return _NEW if there is None else there


def _sort_into_datasets(made: _Report, target: Target, images: Sequence[Planned]) -> dict[str, str]:
    """Fill `datasets`; names of those that may be new → what the Docker edition called them."""
    if target.dataset is not None:
        made.datasets = {made.target.dataset_name: list(images)} if made.target else {}
        return {}
    if target.new_dataset is not None:
        name = clean(target.new_dataset)
        made.datasets = {name: list(images)}
        return {name: name}
    older: dict[str, str] = {}
    if target.from_folders:
        today = top_level_name(datetime.now(UTC))
        for file in images:
            wanted = dataset_of(file.path, target.folder_depth, today)
            made.datasets.setdefault(wanted.name, []).append(file)
            older[wanted.name] = wanted.older_name
    return older


def _look_for_room(
    made: _Report, conn: Any, files: Sequence[Planned], settings: StoredSettings
) -> None:
    """Limits of the site, and room in the staging volume and in OMERO's repository."""
    wanted = sum(file.size for file in files if file.role != "skipped")
    most = configuration.largest_job()
    if wanted > most:
        text = f"These files have {wanted} bytes, and one upload may have {most}: send them in "
        made.findings.append(Finding("blocks", "too_large", text + "several"))
    if configuration.has_staging():
        try:
            check_room(Staging(configuration.staging_folder()), wanted)
        except ApiError as problem:
            made.findings.append(Finding("blocks", problem.code, problem.message))
    in_place = settings.settings.transfer == "in_place"
    if in_place and not configuration.in_place_allowed():
        text = "This site does not import files in place: let it upload them"
        made.findings.append(Finding("blocks", "no_in_place", text))
    if not in_place:
        made.findings += _room_in_omero(wanted, space.free_bytes(conn))
    if made.target is not None:
        made.findings += _room_in_group(made.target, wanted)


def _room_in_omero(wanted: int, free: int) -> Iterator[Finding]:
    if wanted > free:
        text = f"OMERO has room for {free} bytes, and these files have {wanted}: contact the "
        yield Finding("blocks", "no_room_in_omero", text + "administrators of this site")
    elif wanted > free * _NEARLY_FULL:
        text = f"OMERO will be nearly full: it has room for {free} bytes, and these files have "
        yield Finding("warns", "little_room_in_omero", f"{text}{wanted}")


def _room_in_group(target: CheckedTarget, wanted: int) -> Iterator[Finding]:
    """What the quota of the group says of so many more bytes."""
    room = group_room.for_upload(target.group_id, target.group)
    if room is None:
        return
    if problem := room.problem(wanted):
        yield Finding("blocks", quotas.CODE, problem)
    elif warning := room.warning(wanted):
        yield Finding("warns", "nearly_over_quota", warning)


def _heads(files: Iterable[Planned], groups: Sequence[Together]) -> list[Planned]:
    """The images: of files that belong together, only the one that describes the others."""
    heads: Mapping[str, str] = head_of(groups)
    images = (file for file in files if file.role == "image")
    return [file for file in images if heads.get(file.path, file.path) == file.path]


def _spectra(files: Sequence[Planned]) -> list[Offer]:
    """The spectra with the images that they may belong to, as far as the report shows them."""
    spectra = [file.path for file in files if file.role == "spectrum"][:MOST_SHOWN]
    return offers(spectra, [file.path for file in files if file.role == "image"])


def _as_json(made: _Report, files: Sequence[Planned]) -> dict[str, Any]:
    findings = preflight.in_order(made.findings)
    target = made.target
    return {
        "can_start": not any(each.severity == "blocks" for each in findings),
        "findings": [each.as_json() for each in findings],
        "totals": preflight.totals(files),
        "target": None
        if target is None
        else {"where": target.where, "group": {"id": target.group_id, "name": target.group}},
        "datasets": [
            {"name": name, "files": len(inside), "id": made.existing.get(name)}
            for name, inside in list(made.datasets.items())[:MOST_SHOWN]
        ],
        "datasets_total": len(made.datasets),
        "groups": [
            {
                "path": each.path,
                "files": len(each.files),
                "becomes": each.becomes,
                "format": each.format,
            }
            for each in made.groups[:MOST_SHOWN]
        ],
        "groups_total": len(made.groups),
        "spectra": [asdict(each) for each in _spectra(files)],
    }

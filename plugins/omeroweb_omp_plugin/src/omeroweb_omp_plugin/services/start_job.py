"""Starting the jobs that change images: what must be true before, and what the job is given.

A job works on what is stored for as long as the job is: what the user changes on the page
afterwards does not reach it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

from omero_plugin_common import jobs, permissions
from omero_plugin_common.confirmation import check_confirmed
from omero_plugin_common.errors import BadRequest, Forbidden, NotFound
from omero_plugin_common.jobs import Job
from omero_plugin_common.jobs.launch import job_store
from omero_plugin_common.omero_api import hql
from omero_plugin_common.steps import report_store
from omeroweb_omp_plugin.services import backup, job_words
from omeroweb_omp_plugin.services.job_parameters import (
    AcquisitionJob,
    RestoreJob,
    SelectionJob,
    StartDeletion,
    StartRestore,
    StartWrite,
    WriteJob,
)
from omeroweb_omp_plugin.services.plate_targets import chosen_places
from omeroweb_omp_plugin.store import previews, selections, uploads
from omeroweb_omp_plugin.store.selections import Selection

# What a user types before something is removed that the plugin did not write.
REPLACE_ALL: Final = "REPLACE"
DELETE_ALL: Final = "DELETE"
# The original metadata of an image is three calls of OMERO, in which the server reads its file.
LARGEST_WITH_ORIGINAL: Final = 5000
WHY_NOT_ROOT: Final = (
    "You are an administrator of OMERO: you can write to the images that you own. Background jobs "
    "act as the user who starts them, without the rights of an administrator. For other images, "
    "log in as their owner or as a member of the group"
)


def start_write(request: Any, wanted: StartWrite) -> Job:
    """Start the write of what a preview shows; a second start of the same preview is the first job.

    Args:
        request: of a `json_view`.
        wanted: the preview; with password and confirmation if it replaces all pairs.

    Raises:
        NotFound: there is no such preview of the user.
        BadRequest, Forbidden: see `check_may_start` and `check_confirmed`.
    """
    caller = request.omero_caller
    preview = previews.load(wanted.preview, caller.user_id)
    selection = selections.load(preview.selection, caller.user_id)
    group = _check_selection(request, selection)
    for each in chosen_places(selection, preview.outputs.target):
        request.audit.add(each.kind, [each.id])
    if preview.mode == "replace_all":
        _check_confirmed(caller, REPLACE_ALL, wanted)
    selections.keep_for_a_job(preview.selection, caller.user_id)
    previews.keep_for_a_job(preview.id, caller.user_id)
    written = len(selection.images) - len(preview.skipped)
    return jobs.start(
        request,
        "omp.write",
        WriteJob(preview=preview.id),
        group_id=group,
        once=str(preview.id),
        about=job_words.about(caller.conn, selection, written),
    )


def start_acquisition(request: Any, wanted: AcquisitionJob) -> Job:
    """Start the copy of acquisition metadata into pairs; arguments and errors as `start_write`.

    Raises:
        BadRequest: the original metadata is wanted of too many images.
    """
    if wanted.original:
        chosen = len(selections.load(wanted.selection, request.omero_caller.user_id).images)
        if chosen > LARGEST_WITH_ORIGINAL:
            raise BadRequest(
                f"You chose {chosen:,} images. The original metadata can be copied for at most "
                f"{LARGEST_WITH_ORIGINAL:,} at a time: choose fewer images, or copy without it",
                code="too_many_images",
            )
    return _start_on_selection(request, "omp.acquisition", wanted)


def start_delete_plugin(request: Any, wanted: SelectionJob) -> Job:
    """Start the removal of what the plugin wrote; arguments and errors as `start_write`."""
    return _start_on_selection(request, "omp.delete_plugin", wanted)


def start_delete_all(request: Any, wanted: StartDeletion) -> Job:
    """Start the removal of all key-value pairs; arguments and errors as `start_write`."""
    parameters = SelectionJob(selection=wanted.selection)
    return _start_on_selection(
        request,
        "omp.delete_all",
        parameters,
        lambda: _check_confirmed(request.omero_caller, DELETE_ALL, wanted),
    )


def start_restore(request: Any, content: bytes, name: str = "") -> Job:
    """Start to put back the pairs of a backup.

    Args:
        request: of a `json_view`.
        content: of the file.
        name: of the file, for the job's card.

    Raises:
        BadRequest: it is not a backup.
        Forbidden: see `check_may_start`.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadRequest("This file is not UTF-8 text: choose a backup of this page") from None
    caller = request.omero_caller
    images = [each.id for each in backup.images_in(backup.read(text))]
    request.audit.add("Image", images)
    group = check_may_start(caller.conn, caller.is_admin, images)
    parameters = RestoreJob(upload=uploads.save(caller.user_id, text))
    count = f"{len(images):,} image{'' if len(images) == 1 else 's'}"
    about = f"{name or 'a file'} · {count}"
    return jobs.start(request, "omp.restore", parameters, group_id=group, about=about)


def start_backup(request: Any, wanted: SelectionJob) -> Job:
    """Start to store the pairs of images; arguments and errors as `start_write`."""
    return _start_on_selection(request, backup.BACKUP, wanted)


def start_restore_stored(request: Any, wanted: StartRestore) -> Job:
    """Start to put back what a job has stored.

    Args:
        request: of a `json_view`.
        wanted: the job.

    Raises:
        NotFound: there is no such backup of the user.
        BadRequest, Forbidden: see `check_may_start`.
    """
    caller = request.omero_caller
    stored = stored_backup(wanted.backup, caller.user_id)
    images = [each.id for each in report_store.lines(stored.id)]
    request.audit.add("Image", images)
    group = check_may_start(caller.conn, caller.is_admin, images)
    about = f"{stored.about} · stored {job_words.when(stored)}"
    parameters = RestoreJob(backup=stored.id)
    return jobs.start(request, "omp.restore", parameters, group_id=group, about=about)


def stored_backup(job: UUID, user_id: int) -> Job:
    """The job that stored a backup to its end.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    found = job_store().get(job)
    mine = found is not None and found.user_id == user_id and found.kind == backup.BACKUP
    if found is None or not mine or found.state != "done":
        raise NotFound("There is no such backup: backups are deleted after a while")
    return found


def check_may_start(conn: Any, is_admin: bool, images: Sequence[int]) -> int:
    """Whether a user may start a job on images: on one of them is enough, the job looks at each.

    Args:
        conn: the user's gateway.
        is_admin: whether the user is an administrator, whose jobs write to own images only.
        images: ids. They are asked for by 5000 until there is one to annotate, so that a start
            takes one call of OMERO as a rule.

    Returns:
        The group in which most of those are; the job works in it.

    Raises:
        BadRequest: there is no image.
        Forbidden: the user may annotate none of the images, or owns none as an administrator.
    """
    if not images:
        raise BadRequest("There is no image to work on: choose some first", code="empty_selection")
    user = conn.getUserId()
    for some in hql.batches(images):
        access = permissions.access(conn, "Image", some).values()
        # OMERO says what an administrator may do, and the job has not that right on others' images.
        mine = (each for each in access if not is_admin or each.owner_id == user)
        groups = Counter(each.group_id for each in mine if each.allows("annotate"))
        if groups:
            return groups.most_common(1)[0][0]
    if is_admin:
        raise Forbidden(WHY_NOT_ROOT, code="administrator")
    raise Forbidden("You may not annotate any of these images: ask the owner of the group")


def _start_on_selection(
    request: Any, kind: str, parameters: SelectionJob, check: Callable[[], None] = lambda: None
) -> Job:
    """Start a job on a selection, or give the one that is under way with the same parameters.

    `check` is asked last, when the images can be worked on.
    """
    caller = request.omero_caller
    selection = selections.load(parameters.selection, caller.user_id)
    group = _check_selection(request, selection)
    check()
    selections.keep_for_a_job(selection.id, caller.user_id)
    return jobs.start(
        request,
        kind,
        parameters,
        group_id=group,
        once=parameters.model_dump_json(),
        repeatable=True,
        about=job_words.about(caller.conn, selection),
    )


def _check_selection(request: Any, selection: Selection) -> int:
    """The group to work in, for images that the caller may work on."""
    caller = request.omero_caller
    images = [each.id for each in selection.images]
    request.audit.add("Image", images)
    return check_may_start(caller.conn, caller.is_admin, images)


def _check_confirmed(caller: Any, word: str, wanted: StartWrite | StartDeletion) -> None:
    check_confirmed(
        caller.user_name,
        word,
        password=wanted.password,
        typed=wanted.confirmation,
        has_password=not caller.by_another,
    )

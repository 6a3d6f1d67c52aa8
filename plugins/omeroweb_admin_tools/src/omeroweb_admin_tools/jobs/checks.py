"""A worker's part of a run of checks, which OMERO.web has started."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from omeroweb_admin_tools.services import diagnostics


@shared_task(name=diagnostics.TASK, ignore_result=True)  # type: ignore[untyped-decorator]
def check(run: str, place: str, names: list[str]) -> None:
    """Do the checks of this worker's place.

    Args:
        run: id of the run.
        place: key of the place.
        names: of the checks.
    """
    diagnostics.check_here(UUID(run), place, names)

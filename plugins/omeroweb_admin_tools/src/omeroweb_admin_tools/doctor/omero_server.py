"""OMERO.server: a login, its database, its repository, and a sample of its files."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

# First: it imports what has to be imported before Glacier2.
from omero_plugin_common.sudo import service_session  # isort: skip
import Ice
import omero

from omero_plugin_common.omero_api import hql
from omeroweb_admin_tools.doctor import settings
from omeroweb_admin_tools.doctor.model import Found, failed, ok, skipped, warning
from omeroweb_admin_tools.omero_api import repositories
from omeroweb_admin_tools.omero_api.repositories import Repository

# Files of a sample, each not larger than this: OMERO.server reads all of it.
_FILES: Final = 20
_LARGEST: Final = 64 * 2**20
_SHOWN_OF_UUID: Final = 8
_FAULT: Final = "See the log of OMERO.server, Blitz-0.log"


def _logged_in(look: Callable[[Any], Found]) -> Callable[[], Found]:
    """A check that needs the job-service account."""

    @wraps(look)
    def check() -> Found:
        if settings.job_service_account() is None:
            return skipped(
                "This pod does not have the job-service account: run the checks in a worker, of "
                "the Deployment NAME-worker"
            )
        try:
            with service_session() as conn:
                return look(conn)
        except omero.ServerError as error:
            return failed(f"OMERO.server refuses: {type(error).__name__}", _FAULT)
        except Ice.Exception as error:
            return failed(f"OMERO.server did not answer: {type(error).__name__}", _FAULT)

    return check


@_logged_in
def login_works(conn: Any) -> Found:
    """Whether the job-service account can log in, and what answers."""
    version = str(conn.c.sf.getConfigService().getVersion())
    # A stand-in says so in its version.
    shown = re.sub(r"[^\w.+ ()-]", "", version)[:100]
    return ok(f"{settings.job_service_account()} logged in to OMERO.server {shown}")


@_logged_in
def database_answers(conn: Any) -> Found:
    """Whether OMERO.server gets an answer from its database."""
    groups = int(hql.rows(conn, "select count(g.id) from ExperimenterGroup g")[0][0])
    return ok(f"OMERO.server reads in its database, which has {groups} groups")


@_logged_in
def repository_is_the_databases(conn: Any) -> Found:
    """Whether OMERO.server has the repositories that its database knows."""
    return judge(repositories.repositories(conn))


@_logged_in
def sampled_files_are_unchanged(conn: Any) -> Found:
    """Whether a sample of imported files still has the checksums of their import."""
    known = repositories.imported_files(conn, _LARGEST)
    if not known:
        return skipped("No file has been imported yet")
    chooses = random.SystemRandom()
    offsets = chooses.sample(range(known), min(known, _FILES))
    ids = [id_ for id_, _ in repositories.sample(conn, offsets, _LARGEST)]
    try:
        changed = repositories.changed_files(conn, ids)
    except LookupError:
        return failed("OMERO.server has no managed repository", "See the check omero.repository")
    if changed:
        numbers = ", ".join(str(each) for each in sorted(changed))
        return failed(
            f"{len(changed)} of {len(ids)} files that were looked at are gone or not as they were "
            f"imported: files {numbers}",
            "Stop the deletion of backups. See the disk and its log; compare these files with a "
            "backup, and restore them",
        )
    return ok(f"{len(ids)} of {known} imported files were read and have their checksums")


def judge(known: list[Repository]) -> Found:
    """What the repositories mean.

    Args:
        known: all that the database knows.
    """
    managed = [each for each in known if each.managed]
    if not managed:
        return failed(
            "OMERO.server has no managed repository, so nothing can be imported or read",
            "See whether its volume is mounted at /OMERO, and its log",
        )
    if other := [each for each in known if each.there and not each.same]:
        return failed(
            f"The repository {_named(other[0])} says that it is another one",
            "Volume and database do not belong together: bring both of the same backup",
        )
    names = {each.name for each in managed}
    gone = [each for each in known if not each.there]
    if lost := [each for each in gone if each.name in names]:
        return failed(
            f"The database has files in another repository {_named(lost[0])}, which OMERO.server "
            "does not have: they cannot be read",
            "The volume was replaced by a new one. Bring the site's volume, or restore it from "
            "its backup with the hidden folders .omero",
        )
    words = f"Images are imported to {_named(managed[0])}, which the database knows"
    if gone:
        return warning(
            f"{words}; it also knows {_named(gone[0])}, which OMERO.server does not have",
            "If files are missing, bring the volume of that repository",
        )
    return ok(words)


def _named(repository: Repository) -> str:
    return f"{repository.name} ({repository.uuid[:_SHOWN_OF_UUID]})"

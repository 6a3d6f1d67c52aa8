"""RawAccessRequest: what administrators may do to the files of a repository."""

from __future__ import annotations

from typing import Any

import omero.cmd

from omero_standin.binary import checksums
from omero_standin.binary.folder import REPOSITORIES
from omero_standin.services.commands.work import Failure, Work


def raw_access(work: Work, request: Any) -> Any:
    """The command `checksum` (algorithm, checksum, path): fails when the file has another one."""
    if not work.viewer.admin:
        raise Failure("admin-only", "only administrators may do this")
    names = {uuid: name for name, uuid in REPOSITORIES.items()}
    if request.repoUuid not in names:
        raise Failure("no-repo", f"there is no repository {request.repoUuid}")
    if request.command != "checksum":
        raise Failure("omero-standin", f"RawAccessRequest {request.command}")
    algorithm, wanted, path = request.args
    place = work.kernel.data.inside(names[request.repoUuid], path)
    found = checksums.of_file(place, algorithm) if place.is_file() else "no file"
    if found != wanted:
        raise Failure("checksum", f"{path}: checksum {found} instead of {wanted}")
    return omero.cmd.OK()

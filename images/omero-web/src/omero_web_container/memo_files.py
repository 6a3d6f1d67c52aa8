"""Has OMERO.server write Bio-Formats' memo files before somebody waits for them.

A memo file is what Bio-Formats has learnt about an image's files. Another version of it, which
comes with OMERO.server, cannot use those of before, and opens each image slowly once
(https://omero.readthedocs.io/en/stable/sysadmins/server-upgrade.html). This opens an image of each
fileset, as a viewer does. Where the memo file is there already, that takes milliseconds.

It runs as one of many pods of a Job. Each does its share of the filesets, so what is done stays
done when a pod is killed, and Kubernetes counts the shares.
"""

from __future__ import annotations

import logging.config
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from omero_plugin_common import env_utils
from omero_web_container import bootstrap
from omero_web_container.json_logs import configuration

_PAGE: Final = 5000
_EVERYWHERE: Final = {"omero.group": "-1"}
# An image of each fileset; those without pixels yet are still being imported.
_FILESETS: Final = (
    "select f.id, min(p.id) from Pixels p join p.image i join i.fileset f "
    "where f.id > :last group by f.id order by f.id"
)


def run() -> int:
    """Do the share of this pod, and write the result for the operator."""
    logging.config.dictConfig(configuration("WARNING"))
    log = Path(os.environ.get("TERMINATION_LOG", bootstrap.TERMINATION_LOG))
    try:
        result = memo_files()
    except (bootstrap.Failed, env_utils.EnvironmentProblem) as error:
        bootstrap.report(log, {"error": str(error)})
        return 1
    bootstrap.report(log, result)
    return 0


def memo_files() -> dict[str, int]:
    """Open an image of each fileset of this share.

    Returns:
        How many were opened, and how many OMERO.server could not read.

    Raises:
        Failed: OMERO.server does not answer; the share has to be done again.
    """
    user = env_utils.get_env("JOB_SERVICE_USER")
    password = env_utils.get_secret_env("JOB_SERVICE_PASSWORD_FILE")
    share, shares = (int(env_utils.get_env(n)) for n in ("JOB_COMPLETION_INDEX", "MEMO_SHARES"))
    client = bootstrap.connect(user, password)
    try:
        client.enableKeepAlive(60)
        result = {"opened": 0, "unreadable": 0}
        for fileset, pixels in _filesets(client):
            if fileset % shares == share:
                result["opened" if _opened(client, fileset, pixels) else "unreadable"] += 1
        return result
    except Exception as error:
        raise bootstrap.Failed(f"OMERO.server does not answer: {error}") from error
    finally:
        client.closeSession()


def _filesets(client: Any) -> Iterator[tuple[int, int]]:
    """Each fileset, with pixels of one of its images."""
    import omero.sys
    from omero.rtypes import rlong, unwrap

    query = client.sf.getQueryService()
    last = -1
    while True:
        page = omero.sys.Filter()
        page.limit, page.offset = omero.rtypes.rint(_PAGE), omero.rtypes.rint(0)
        parameters = omero.sys.Parameters({"last": rlong(last)}, page)
        rows = unwrap(query.projection(_FILESETS, parameters, _EVERYWHERE))
        yield from ((int(fileset), int(pixels)) for fileset, pixels in rows)
        if len(rows) < _PAGE:
            return
        last = int(rows[-1][0])


def _opened(client: Any, fileset: int, pixels: int) -> bool:
    """Whether OMERO.server could open it; it has said why in its own log otherwise."""
    import omero

    store = client.sf.createRawPixelsStore()
    try:
        store.setPixelsId(pixels, False, _EVERYWHERE)
    except omero.ServerError as error:
        logging.getLogger(__name__).warning(
            "pixels %s of fileset %s cannot be opened: %s", pixels, fileset, error.message
        )
        return False
    finally:
        store.close()
    return True

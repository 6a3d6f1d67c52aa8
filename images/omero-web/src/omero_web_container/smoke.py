"""Whether OMERO.server works for this OMERO.web: a login, and questions that need the database.

Run during an upgrade, before OMERO.web starts. It logs in as the account of the background jobs,
reads and changes nothing, and leaves what it saw in the termination log.
"""

from __future__ import annotations

import logging.config
import os
from pathlib import Path
from typing import Any

from omero_plugin_common import env_utils
from omero_web_container import bootstrap
from omero_web_container.json_logs import configuration


def run() -> int:
    """Try it, and write the result for the operator."""
    logging.config.dictConfig(configuration("WARNING"))
    log = Path(os.environ.get("TERMINATION_LOG", bootstrap.TERMINATION_LOG))
    try:
        result = smoke()
    except (bootstrap.Failed, env_utils.EnvironmentProblem) as error:
        bootstrap.report(log, {"error": str(error)})
        return 1
    bootstrap.report(log, result)
    return 0


def smoke() -> dict[str, Any]:
    """Log in and ask.

    Returns:
        The server's version, and how many groups and images the account sees.
    """
    user = env_utils.get_env("JOB_SERVICE_USER")
    password = env_utils.get_secret_env("JOB_SERVICE_PASSWORD_FILE")
    client = bootstrap.connect(user, password)
    try:
        import omero.rtypes

        query = client.sf.getQueryService()
        everywhere = {"omero.group": "-1"}

        def count(question: str) -> int:
            return int(omero.rtypes.unwrap(query.projection(question, None, everywhere)[0][0]))

        return {
            "serverVersion": client.sf.getConfigService().getVersion(),
            "groups": count("select count(g) from ExperimenterGroup g"),
            "images": count("select count(i) from Image i"),
        }
    except Exception as error:
        raise bootstrap.Failed(f"OMERO.server does not answer a question: {error}") from error
    finally:
        client.closeSession()

"""Tells the operator how near to their quotas the groups are.

It reads what workers have counted from the plugin database, changes nothing, and leaves the result
in the termination log. A worker that counts every five minutes does the rest.
"""

from __future__ import annotations

import logging.config
import os
from pathlib import Path
from typing import Any

import psycopg2

from omero_plugin_common import env_utils
from omero_plugin_common.errors import Unavailable
from omero_plugin_common.quotas import report
from omero_web_container import bootstrap
from omero_web_container.json_logs import configuration


def run() -> int:
    """Read it, and write the result for the operator."""
    logging.config.dictConfig(configuration("WARNING"))
    log = Path(os.environ.get("TERMINATION_LOG", bootstrap.TERMINATION_LOG))
    try:
        result = _read()
    except (bootstrap.Failed, env_utils.EnvironmentProblem) as error:
        bootstrap.report(log, {"error": str(error)})
        return 1
    bootstrap.report(log, result)
    return 0


def _read() -> dict[str, Any]:
    try:
        return report.report()
    except (psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn) as error:
        raise bootstrap.Failed(
            "the plugin database has no quotas yet: the first worker makes their tables"
        ) from error
    except (psycopg2.Error, Unavailable) as error:
        words = " ".join(str(error).split())[:500]
        raise bootstrap.Failed(f"the plugin database cannot be read: {words}") from error

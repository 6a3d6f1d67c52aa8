"""Signing administrators in to Grafana."""

from __future__ import annotations

import time

from omero_plugin_common.env_utils import EnvironmentProblem
from omero_plugin_common.errors import Unavailable
from omeroweb_admin_tools.configuration import GRAFANA_KEY, grafana_key, site
from omeroweb_admin_tools.planning import grafana_token


def token_for(user: str) -> str:
    """A token for an administrator.

    Args:
        user: name by which the administrator logs in to OMERO.

    Raises:
        Unavailable: Grafana is not below the address of this site, or its key cannot be used.
    """
    try:
        key, this = grafana_key(), site()
    except EnvironmentProblem as problem:
        raise Unavailable(
            f"Nobody can be signed in to Grafana: {problem}", code="no_grafana"
        ) from None
    try:
        return grafana_token.token(key, f"{this.namespace}/{this.instance}", user, int(time.time()))
    except ValueError as problem:
        raise Unavailable(
            f"Nobody can be signed in to Grafana: {GRAFANA_KEY}: {problem}", code="no_grafana"
        ) from None

"""Whether somebody can log in to OMERO.server, as a program does: connect, log in, log out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import Ice
import omero
from prometheus_client.core import Metric

from omero_plugin_common import env_utils, omero_client
from omero_web_container.exporter.source import Failed, Figure

SUCCESS: Final = Figure(
    "omero_login_probe_success",
    "Whether the account for monitoring could log in to OMERO.server: 1 or 0.",
)
SECONDS: Final = Figure(
    "omero_login_probe_seconds",
    "How long the last login of the account for monitoring took, successful or not.",
)
# What is asked of a large database is answered within minutes.
_ANSWER_SECONDS: Final = 600
_AGENT: Final = "omero-platform monitoring"


def read() -> Sequence[Metric]:
    """Log in and out again.

    Raises:
        Failed: that was not possible, with the metrics that say so.
    """
    began = time.monotonic()
    try:
        with session():
            seconds = time.monotonic() - began
    except Failed as error:
        seconds = time.monotonic() - began
        raise Failed(str(error), [SUCCESS.of(0), SECONDS.of(seconds)]) from error
    return [SUCCESS.of(1), SECONDS.of(seconds)]


@contextmanager
def session() -> Iterator[Any]:
    """A client with a session of the account for monitoring, which ends with the block.

    Raises:
        Failed: OMERO.server does not answer, or refuses the account.
    """
    user = env_utils.get_env("MONITORING_USER")
    host = env_utils.get_env("OMERO_HOST")
    port = env_utils.get_int_env("OMERO_PORT", 4064, low=1, high=65535)
    properties = {"Ice.Default.InvocationTimeout": str(_ANSWER_SECONDS * 1000)}
    client = omero.client(host=host, port=port, pmap=properties)
    client.setAgent(_AGENT)
    try:
        omero_client.reach(client, omero_client.LOGIN_SECONDS)
        client.createSession(user, env_utils.get_secret_env("MONITORING_PASSWORD_FILE"))
    except omero_client.REFUSED as error:
        omero_client.abandon(client)
        raise Failed(f"OMERO.server refused the account {user}: {error.reason}") from error
    except (omero_client.ServerAway, Ice.Exception, omero.ClientError) as error:
        omero_client.abandon(client)
        raise Failed(f"OMERO.server on {host}:{port}: {type(error).__name__}") from error
    try:
        yield client
    finally:
        omero_client.leave(client)

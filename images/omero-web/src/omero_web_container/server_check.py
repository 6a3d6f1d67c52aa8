"""Whether OMERO.server answers: its port, or a whole refused login."""

from __future__ import annotations

import logging
import socket
import threading
import time
import uuid
from collections.abc import Callable
from typing import Final

from omero_plugin_common import env_utils

CONNECT_SECONDS: Final = 1.0
LOGIN_SECONDS: Final = 5
# Many who ask at once cost the server one connection.
REMEMBER_SECONDS: Final = 5.0


class Remembered:
    """The answer of a check, asked anew when it is too old."""

    def __init__(self, check: Callable[[], bool], seconds: float = REMEMBER_SECONDS) -> None:
        self._check = check
        self._seconds = seconds
        self._lock = threading.Lock()
        self._answer = False
        self._until = 0.0

    def __call__(self) -> bool:
        """The answer; whoever asks while it is found out waits for it."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._answer = self._check()
                self._until = time.monotonic() + self._seconds
            return self._answer


def port_answers() -> bool:
    """Whether OMERO.server's login port accepts connections."""
    try:
        with socket.create_connection(_address(), CONNECT_SECONDS):
            return True
    except OSError:
        return False


def login_answers() -> bool:
    """Whether OMERO.server looks at a login: it refuses a session that cannot exist.

    The port alone belongs to its gateway, which also listens while the server behind it is down.
    """
    # First: imported after Glacier2 it would define Glacier2's exceptions a second time.
    import omero.clients  # isort: skip
    import Glacier2
    import Ice

    host, port = _address()
    nobody = str(uuid.uuid4())
    client = omero.client(
        args=[
            f"--omero.host={host}",
            f"--omero.port={port}",
            f"--Ice.Override.ConnectTimeout={LOGIN_SECONDS * 1000}",
            f"--Ice.Override.Timeout={LOGIN_SECONDS * 1000}",
        ]
    )
    try:
        client.createSession(nobody, nobody)
    except Glacier2.PermissionDeniedException:
        return True
    except (Ice.Exception, omero.ClientError) as error:
        logging.getLogger(__name__).warning("OMERO.server: %s", type(error).__name__)
        return False
    finally:
        client.closeSession()
    return True


def _address() -> tuple[str, int]:
    port = env_utils.get_int_env("OMERO_PORT", 4064, low=1, high=65535)
    return env_utils.get_env("OMERO_HOST"), port

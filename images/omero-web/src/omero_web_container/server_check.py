"""Whether OMERO.server answers: the router in front of it, or a whole refused login."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
import uuid
from collections.abc import Callable
from typing import Final

from omero_plugin_common import env_utils

# For the connection and the handshake together. A router on a busy machine has taken more than one
# second; the kubelet, which gets no answer meanwhile, waits for five.
ROUTER_SECONDS: Final = 2.5
# Many who ask at once cost the server one connection. One that did not answer in time may do so a
# moment later.
REMEMBER_SECONDS: Final = 5.0
REMEMBER_FAILURE_SECONDS: Final = 1.0


class Remembered:
    """The answer of a check, asked anew when it is too old.

    Args:
        check: What finds it out.
        seconds: How long a good answer is kept.
        failure_seconds: How long a bad one is.
    """

    def __init__(
        self,
        check: Callable[[], bool],
        seconds: float = REMEMBER_SECONDS,
        failure_seconds: float = REMEMBER_FAILURE_SECONDS,
    ) -> None:
        self._check = check
        self._seconds = {True: seconds, False: failure_seconds}
        self._lock = threading.Lock()
        self._answer = False
        self._until = 0.0

    def __call__(self) -> bool:
        """The answer; whoever asks while it is found out waits for it."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._answer = self._check()
                self._until = time.monotonic() + self._seconds[self._answer]
            return self._answer


def router_answers() -> bool:
    """Whether the router in front of OMERO.server answers a handshake (TLS).

    The kernel accepts connections for a program that has stopped, so they show nothing.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    end = time.monotonic() + ROUTER_SECONDS
    try:
        with socket.create_connection(_address(), ROUTER_SECONDS) as plain:
            # Zero would mean: do not wait at all.
            plain.settimeout(max(0.1, end - time.monotonic()))
            with context.wrap_socket(plain):
                return True
    except ssl.SSLError as error:
        # It speaks, though not with us: a server may offer what OpenSSL does not take any more.
        return not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError)
    except OSError:
        return False


def login_answers(host: str = "", port: int = 0) -> bool:
    """Whether OMERO.server looks at a login: it refuses a session that cannot exist.

    The port alone belongs to its router, which also answers while the server behind it is down.

    Args:
        host: the server's; the site's without.
        port: likewise.
    """
    # First: imported after Glacier2 it would define Glacier2's exceptions a second time.
    import omero.clients  # isort: skip

    from omero_plugin_common import omero_client

    own_host, own_port = (host, port) if host else _address()
    try:
        client = omero.client(host=own_host, port=own_port)
        omero_client.join(client, str(uuid.uuid4()))
    except omero_client.SessionEnded:
        return True
    except (omero_client.ServerAway, omero.ClientError) as error:
        logging.getLogger(__name__).debug("OMERO.server: %s", error)
        return False
    omero_client.abandon(client)
    return True


def _address() -> tuple[str, int]:
    port = env_utils.get_int_env("OMERO_PORT", 4064, low=1, high=65535)
    return env_utils.get_env("OMERO_HOST"), port

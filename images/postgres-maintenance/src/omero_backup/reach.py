"""Waiting for an S3 server that is unavailable for a while, as in a restart of its own.

restic sends again what it was sending; but when it begins, it asks once and gives up.
"""

from __future__ import annotations

import http.client
import ssl
import sys
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

_PAUSE = 5.0
_TIMEOUT = 10.0
_BROKEN = 500
_CLOSED = (ssl.SSLEOFError, ssl.SSLZeroReturnError)


def wait(store: str, seconds: float) -> None:
    """Wait until the server of a store answers, whatever it answers.

    After that time, restic says what is wrong. A server with a certificate that nobody knows
    answers, too: restic says it better.

    Args:
        store: The store, as restic writes it; only one in S3 has a server.
        seconds: The most to wait.
    """
    if not store.startswith("s3:http"):
        return
    address = urlsplit(store.removeprefix("s3:"))
    server = f"{address.scheme}://{address.netloc}/"
    deadline = time.monotonic() + seconds
    told = False
    while (reason := _unavailable(server)) and time.monotonic() < deadline:
        if not told:
            words = (
                f"omero-backup: {server} is unavailable ({reason}): waiting up to {seconds:.0f} s"
            )
            print(words, file=sys.stderr, flush=True)  # noqa: T201 - its output is the pod's log
            told = True
        time.sleep(min(_PAUSE, max(0.0, deadline - time.monotonic())))


def _unavailable(server: str) -> str:
    """Why a server does not answer; empty where it does."""
    try:
        with urllib.request.urlopen(server, timeout=_TIMEOUT):  # noqa: S310 - http or https only
            return ""
    except urllib.error.HTTPError as answer:
        return f"HTTP {answer.code}" if answer.code >= _BROKEN else ""
    except urllib.error.URLError as error:
        # One that is ending, or a proxy without it, accepts a connection and closes it.
        answers = isinstance(error.reason, ssl.SSLError) and not isinstance(error.reason, _CLOSED)
        return "" if answers else str(error.reason)
    except http.client.RemoteDisconnected as error:
        return str(error)
    except http.client.HTTPException:
        return ""
    except OSError as error:
        return str(error) or type(error).__name__

"""Liveness: is there a Blitz that answers, or one that is only busy?

    python server_alive.py PORT-OF-THE-REGISTRY LOG-OF-BLITZ REPOSITORY...

icegridnode goes on when it has given up on Blitz, so the process says nothing. A Blitz that is gone
fails at once. One that is there and does not answer in time is spared while it writes into its log
or the repository: it imports, or reads a large file. It is not spared for ever.
The database is not asked: a restart of the server does not bring it back.
"""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import server_work as work
from server_answers import ask_blitz

# Three waits of this length fit into the time-out of the probe.
SECONDS = 8
SPARED_SECONDS = 1800
SINCE = Path(os.environ["OMERO_TMPDIR"]) / "omero-server-silent-since"


def judge(registry: int, log: str, folders: Sequence[str], seconds: int = SECONDS) -> str:
    """Why the server has to be restarted; empty when it has not."""
    import Ice

    try:
        ask_blitz(registry, seconds)
    except (Ice.TimeoutException, Ice.InvocationTimeoutException) as error:
        return silent(f"Blitz does not answer ({type(error).__name__})", log, folders)
    except Exception as error:
        return f"Blitz is gone: {type(error).__name__} {str(error)[:200]}"
    SINCE.unlink(missing_ok=True)
    return ""


def silent(reason: str, log: str, folders: Sequence[str]) -> str:
    """Why a server that is there and silent has to be restarted; empty while it is only busy."""
    now = time.time()
    if not SINCE.exists():
        SINCE.write_text(str(now))
    seconds = now - float(SINCE.read_text() or now)
    busy = work.written_now(folders, now) or [log] * work.lately(log, now)
    if busy and seconds < SPARED_SECONDS:
        sys.stdout.write(f"{reason} for {seconds:.0f} s; it is spared: it writes {busy[0]}\n")
        return ""
    return f"{reason} for {seconds:.0f} s, and writes {busy[0] if busy else 'nothing'}"


if __name__ == "__main__":
    sys.exit(judge(int(sys.argv[1]), sys.argv[2], sys.argv[3:]) or None)

"""One script as a child process, with a session of its own.

As OMERO's processor does it: the script is copied to an empty folder, its configuration is a file
that `ICE_CONFIG` names, with the session and the router's address; the streams go to files.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

# What a script sees of the server's environment, as with OMERO's processor.
_ENVIRONMENT: Final = (
    "HOME", "LANG", "LANGUAGE", "LC_ALL", "LD_LIBRARY_PATH", "OMERODIR", "OMERO_TMPDIR",
    "OMERO_USERDIR", "PATH", "PYTHONPATH",
)  # fmt: skip
_GRACE_SECONDS: Final = 5


class ScriptChild:
    """A running or finished script."""

    # On a place of the server's own processor.
    is_own: Final = True

    def __init__(
        self, text: bytes, properties: dict[str, str], library: Path, limit: float
    ) -> None:
        """Start it: `library` is where its imports are found, `limit` its time in seconds."""
        self.folder = Path(tempfile.mkdtemp(prefix="omero-script-"))
        self.stopped: str | None = None
        self._lock = threading.Lock()
        (self.folder / "script").write_bytes(text)
        config = "".join(f"{name}={value}\n" for name, value in properties.items())
        (self.folder / "config").write_text(config, encoding="utf-8")
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        paths = [environment.get("PYTHONPATH", ""), str(library)]
        environment |= {
            "ICE_CONFIG": str(self.folder / "config"),
            "PYTHONPATH": os.pathsep.join(path for path in paths if path),
            "PYTHONWARNINGS": "ignore",
            "OMERO_TMPDIR": str(self.folder),
        }
        with self.stream("out").open("wb") as out, self.stream("err").open("wb") as error:
            self._process = subprocess.Popen(
                [sys.executable, "./script"],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=error,
                start_new_session=True,
            )
        self._timer = threading.Timer(limit, self.stop, ("timed out",))
        self._timer.daemon = True
        self._timer.start()

    def stream(self, name: str) -> Path:
        """The file of a stream, `out` or `err`."""
        return self.folder / name

    def poll(self) -> int | None:
        """The exit code, once there is one."""
        return self._process.poll()

    def wait(self) -> int:
        """The exit code, when the script has ended."""
        code = self._process.wait()
        self._timer.cancel()
        return code

    def when_ended(self, told: Callable[[int], None]) -> None:
        """Call `told` with the exit code, from another thread."""
        threading.Thread(target=lambda: told(self.wait()), daemon=True).start()

    def stop(self, why: str) -> bool:
        """End the script and what it has started; false when it had ended by itself.

        What does not end on being asked is killed.
        """
        with self._lock:
            if self._process.poll() is not None:
                return False
            self.stopped = self.stopped or why
        self._signal(signal.SIGTERM)
        killer = threading.Timer(_GRACE_SECONDS, self.kill)
        killer.daemon = True
        killer.start()
        return True

    def kill(self) -> bool:
        """End it at once."""
        if self._process.poll() is not None:
            return False
        self.stopped = self.stopped or "killed"
        self._signal(signal.SIGKILL)
        return True

    def clean(self) -> None:
        """Remove its folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            # It has ended between the look and the signal.
            self._process.poll()

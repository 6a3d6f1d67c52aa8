"""The parameters of scripts, found out by running them.

A script calls `omero.scripts.client` first, which in parse mode sends the parameters and ends the
script. Results are kept by the script's checksum.
"""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Any

from omero_standin import refuse
from omero_standin.call import Call
from omero_standin.scripts.processor import WAIT_SECONDS

if TYPE_CHECKING:
    from omero_standin.kernel import Kernel


class Parameters:
    """What scripts take and give back."""

    def __init__(self, kernel: Kernel) -> None:
        """Nothing is known yet."""
        self._kernel = kernel
        self._lock = threading.Lock()
        self._known: dict[str, Any] = {}

    def of(self, call: Call, text: bytes, name: str) -> Any:
        """The JobParams of a script; a ValidationException when it does not tell them."""
        digest = hashlib.sha256(text).hexdigest()
        with self._lock:
            known = self._known.get(digest)
        if known is None:
            known = self._parse(call, text, name)
            with self._lock:
                self._known[digest] = known
        return known

    def _parse(self, call: Call, text: bytes, name: str) -> Any:
        kernel = self._kernel
        kernel.processor.take(WAIT_SECONDS)
        session = kernel.sessions.create(call.user.id, call.session.group, agent="OMERO.parseJob")
        session.references = 1
        memory = kernel.memories.of(session.uuid)
        child = None
        try:
            child = kernel.processor.start(text, session, {"omero.scripts.parse": "true"})
            child.wait()
            error = child.stream("err").read_text(errors="replace").strip()
        finally:
            if child is not None:
                child.clean()
            kernel.sessions.close(session.uuid)
            kernel.processor.release(child)
        found = memory.outputs.get("omero.scripts.parse")
        if found is None:
            last = error.splitlines()[-1] if error else "it ended without an error"
            raise refuse.invalid(f"Params could not be parsed: {name}: {last}")
        return found.val


class _Defaults:
    """Takes the values that validation fills in."""

    def __init__(self, inputs: dict[str, Any]) -> None:
        """`inputs` is added to."""
        self._inputs = inputs

    def setInput(self, _session: str, key: str, value: Any) -> None:  # noqa: N802 - as in ISession
        """A default value."""
        self._inputs[key] = value


def checked(parameters: Any, given: dict[str, Any]) -> dict[str, Any]:
    """The inputs with defaults for what is not given; a ValidationException for what is wrong."""
    inputs = dict(given)
    # Imported late: it takes a tenth of a second that the start of the server can do without.
    from omero.scripts import validate_inputs

    errors = validate_inputs(parameters, inputs, _Defaults(inputs), "")
    if errors:
        raise refuse.invalid(f"Invalid parameters:\n{errors}")
    return inputs

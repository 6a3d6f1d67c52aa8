"""The part of ISession that is about the memory of a session. Who knows its uuid may use it."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from typing import Any

from omero_standin import refuse
from omero_standin.call import Call
from omero_standin.scripts.memory import Memory


class SessionMemory:
    """Inputs and outputs, by name."""

    def getInput(self, call: Call, session: str, key: str) -> Any:
        """An input, or null."""
        return _memory(call, session).inputs.get(key)

    def getInputs(self, call: Call, session: str) -> Any:
        """All inputs."""
        return dict(_memory(call, session).inputs)

    def getInputKeys(self, call: Call, session: str) -> Any:
        """The names of all inputs."""
        return sorted(_memory(call, session).inputs)

    def setInput(self, call: Call, session: str, key: str, value: Any) -> None:
        """Set an input; null takes it away."""
        _set(_memory(call, session).inputs, key, value)

    def getOutput(self, call: Call, session: str, key: str) -> Any:
        """An output, or null."""
        return _memory(call, session).outputs.get(key)

    def getOutputs(self, call: Call, session: str) -> Any:
        """All outputs."""
        return dict(_memory(call, session).outputs)

    def getOutputKeys(self, call: Call, session: str) -> Any:
        """The names of all outputs."""
        return sorted(_memory(call, session).outputs)

    def setOutput(self, call: Call, session: str, key: str, value: Any) -> None:
        """Set an output; null takes it away."""
        _set(_memory(call, session).outputs, key, value)


def _memory(call: Call, session: str) -> Memory:
    if call.kernel.sessions.find(session) is None:
        raise refuse.session_gone(session)
    return call.kernel.memories.of(session)


def _set(values: dict[str, Any], key: str, value: Any) -> None:
    if value is None:
        values.pop(key, None)
    else:
        values[key] = value

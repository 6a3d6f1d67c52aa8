"""The JMX agent of Prometheus in OMERO's Java programs, where `OMERO_JMX_PORT` asks for it.

Each program has a port of its own. Without the variable no program loads the agent.
"""

from collections.abc import Mapping
from pathlib import Path

# The programs, in the order of their ports. The names are those of `omero.jvmcfg`.
PROGRAMS = ("blitz", "indexer", "pixeldata")
_APPEND = "omero.jvmcfg.append"
_AGENT = "-javaagent:"


def properties(folder: Path, port: int | None, given: Mapping[str, str]) -> dict[str, str]:
    """What loads the agent: the site's own options of each program, and ours behind them.

    Args:
        folder: Where the image has the agent and its rules.
        port: Port of the first program; None for no agent.
        given: The site's properties. One with an agent of its own stays as it is, and then no
            program gets ours: two agents cannot share a port.

    Returns:
        OMERO's properties.
    """
    names = {program: f"{_APPEND}.{program}" for program in PROGRAMS}
    own = {name: given.get(name, given.get(_APPEND, "")) for name in names.values()}
    if port is None or any(_AGENT in options for options in own.values()):
        return {}
    return {
        name: f"{options} {_AGENT}{folder}/agent.jar={port + number}:{folder}/config.yaml".strip()
        for number, (name, options) in enumerate(own.items())
    }

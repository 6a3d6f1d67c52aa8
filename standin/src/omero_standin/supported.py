"""Which calls there are answers for, read from the tables that the server itself uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import omero.api
import omero.cmd
import omero.grid

from omero_standin.handles import Handle
from omero_standin.servants import operations
from omero_standin.services.importprocess import ImportProcess
from omero_standin.services.interactiveprocessor import InteractiveProcessor
from omero_standin.services.managedrepository import ManagedRepository
from omero_standin.services.processes import ScriptProcess
from omero_standin.services.table import COMMANDS, HANDLERS, STORES
from omero_standin.services.tables import TableHandler

# What other calls hand out.
_OBJECTS = (
    (omero.cmd.Handle, Handle),
    (omero.grid.ImportProcess, ImportProcess),
    (omero.grid.ManagedRepository, ManagedRepository),
    (omero.grid.ScriptProcess, ScriptProcess),
    (omero.grid.InteractiveProcessor, InteractiveProcessor),
    (omero.grid.Table, TableHandler),
)


@dataclass(frozen=True)
class Interface:
    """One interface of OMERO's API: its operations that are answered, and those that are not."""

    name: str
    answered: tuple[str, ...]
    refused: tuple[str, ...]


def interfaces() -> Iterator[Interface]:
    """Every interface that the server hands out, by name."""
    handled: dict[type, type] = {
        getattr(omero.api, name): type(handler) for name, handler in HANDLERS.items()
    }
    handled |= dict((*STORES.values(), *_OBJECTS))
    for base in sorted(handled, key=lambda each: each.__name__):
        there = [name for name in operations(base) if hasattr(handled[base], name)]
        missing = [name for name in operations(base) if name not in there]
        yield Interface(base.__name__, tuple(sorted(there)), tuple(sorted(missing)))


def commands() -> tuple[list[str], list[str]]:
    """The commands of `submit` that are carried out, and those that fail with an `ERR`."""
    answered = {kind.__name__ for kind in COMMANDS}
    base = omero.cmd.Request
    known = (each for each in vars(omero.cmd).values() if isinstance(each, type))
    requests = {each.__name__ for each in known if issubclass(each, base) and each is not base}
    return sorted(answered), sorted(requests - answered)


def markdown() -> str:
    """The calls as tables, for a page."""
    lines = ["| interface | supported | unsupported |", "| --- | --- | --- |"]
    lines += [
        f"| {each.name} | {_code(each.answered)} | {_code(each.refused)} |" for each in interfaces()
    ]
    answered, refused = commands()
    lines += ["", "| commands | |", "| --- | --- |"]
    lines += [f"| supported | {_code(answered)} |", f"| unsupported | {_code(refused)} |"]
    return "\n".join(lines) + "\n"


def _code(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"

"""The service methods agree with OMERO's own definition of their operations."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import omero.api
import omero.clients
import pytest

from omero_standin.handles import Handle
from omero_standin.servants import returns_nothing
from omero_standin.services.accepting import ProcessorCallback
from omero_standin.services.importprocess import ImportProcess
from omero_standin.services.interactiveprocessor import InteractiveProcessor
from omero_standin.services.managedrepository import ManagedRepository
from omero_standin.services.processes import ScriptProcess
from omero_standin.services.table import HANDLERS, STORES
from omero_standin.services.tables import TableHandler

BASES = (
    [(getattr(omero.api, interface), type(handler)) for interface, handler in HANDLERS.items()]
    + list(STORES.values())
    + [
        (omero.cmd.Handle, Handle),
        (omero.grid.Table, TableHandler),
        (omero.grid.ScriptProcess, ScriptProcess),
        (omero.grid.InteractiveProcessor, InteractiveProcessor),
        (omero.grid.ProcessorCallback, ProcessorCallback),
        (omero.grid.ImportProcess, ImportProcess),
        (omero.grid.ManagedRepository, ManagedRepository),
    ]
)
# `end` is told when a session ends; it is no operation.
CASES = [
    (base, handler, name)
    for base, handler in BASES
    for name, _ in inspect.getmembers(handler, inspect.isfunction)
    if not name.startswith("_") and name != "end"
]


@pytest.mark.parametrize(
    ("base", "handler", "name"), CASES, ids=[f"{base.__name__}.{name}" for base, _, name in CASES]
)
def test_a_method_is_an_operation_with_its_arguments_and_result(
    base: type, handler: type, name: str
) -> None:
    """Ice ends the whole process when a void operation is answered with a value, or the reverse."""
    defined = next(cls for cls in base.__mro__ if f"_op_{name}" in vars(cls))
    source = _source(defined)
    line = re.search(
        rf"{defined.__name__}\._op_{name} = IcePy\.Operation\((.+)\)$", source, re.MULTILINE
    )
    assert line is not None
    void = re.search(r", \(\), None, \(_M_|, \(\), None, \(\)", line[1]) is not None
    assert returns_nothing(handler, name) is void
    offered = re.search(rf"def {name}(_async)?\(self, (_cb, )?(.*?)current=None\)", source)
    assert offered is not None
    wanted = [word for word in offered[3].split(", ") if word]
    assert len(inspect.signature(getattr(handler, name)).parameters) == len(wanted) + 2


def _source(base: type) -> str:
    """The generated file that defines an interface: named after it or after its part of OMERO."""
    for path in Path(omero.api.__file__).parents[2].glob("omero_*_ice.py"):
        text = path.read_text(encoding="utf-8")
        definition = f"_t_{base.__name__} = IcePy.defineClass('{base.ice_staticId()}'"  # type: ignore[attr-defined]
        if definition in text:
            return text
    raise LookupError(base)

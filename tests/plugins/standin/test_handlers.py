"""The service methods agree with OMERO's own definition of their operations."""

from __future__ import annotations

import importlib.util
import inspect
import re
from pathlib import Path

import omero.api
import omero.clients
import pytest

from omero_standin.servants import returns_nothing
from omero_standin.services.table import HANDLERS

CASES = [
    (interface, name)
    for interface, handler in HANDLERS.items()
    for name, _ in inspect.getmembers(handler, inspect.ismethod)
    if not name.startswith("_")
]


@pytest.mark.parametrize(("interface", "name"), CASES, ids=[f"{i}.{n}" for i, n in CASES])
def test_a_method_is_an_operation_with_its_arguments_and_result(interface: str, name: str) -> None:
    """Ice ends the whole process when a void operation is answered with a value, or the reverse."""
    assert hasattr(getattr(omero.api, interface), f"_op_{name}")
    spec = importlib.util.find_spec(f"omero_api_{interface}_ice")
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text(encoding="utf-8")
    line = re.search(rf"{interface}\._op_{name} = IcePy\.Operation\((.+)\)$", source, re.MULTILINE)
    assert line is not None
    handler = HANDLERS[interface]
    void = re.search(r", \(\), None, \(_M_", line[1]) is not None
    assert returns_nothing(handler, name) is void
    offered = re.search(rf"def {name}_async\(self, _cb, (.*?)current=None\)", source)
    assert offered is not None
    wanted = [word for word in offered[1].split(", ") if word]
    assert len(inspect.signature(getattr(handler, name)).parameters) == len(wanted) + 1

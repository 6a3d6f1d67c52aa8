"""The client for Imaris as a module: it is a file that people download, and in no package."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any, Final

import omeroweb_imaris_connector

PATH: Final = Path(omeroweb_imaris_connector.__file__).parent / "client/XTOmeroConnector.py"


def load(path: Path) -> Any:
    """A module of a file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


connector: Final = load(PATH)

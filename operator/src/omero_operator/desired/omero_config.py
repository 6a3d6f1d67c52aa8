"""OMERO's configuration as the file that `omero load` reads: one command a line."""

import shlex
from collections.abc import Mapping


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

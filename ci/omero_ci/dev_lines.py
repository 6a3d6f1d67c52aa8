"""The lines of `ci/dev`: a coloured name before each, and JSON as a person reads it."""

from __future__ import annotations

import json
import os
import sys
from typing import Final

COLOURS: Final = ("36", "33", "32", "35", "34", "31")


def readable(line: str) -> str:
    """A line of JSON as a person reads it; any other line as it is."""
    if not line.startswith("{"):
        return line
    try:
        record = json.loads(line)
    except ValueError:
        return line
    if not isinstance(record, dict) or "message" not in record:
        return line
    who = f" ({record['user']})" if record.get("user") else ""
    took = f" {record['ms']} ms" if "ms" in record else ""
    text = f"{record.get('level', ''):<7} {record['message']}{took}{who}"
    return f"{text}\n{record['exception']}" if record.get("exception") else text


def prefix(name: str, colour: str) -> str:
    """What stands before a process's lines.

    Args:
        name: of the process.
        colour: of the name, as a number of ANSI's.
    """
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        return f"\033[{colour}m{name:<9}|\033[0m "
    return f"{name:<9}| "

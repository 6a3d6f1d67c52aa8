"""The server's configuration as the image openmicroscopy/omero-server puts it together.

First the `.omero` files of the config folder in name order (lines of the `omero` command: `config
set`, `config append` …), then the `CONFIG_…` variables, which therefore win.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path


class ConfigError(Exception):
    """A file that cannot be used; the message names file and line."""


def translate(variable: str) -> str:
    """`CONFIG_omero_db_host` → `omero.db.host`: the image's own rule, with its own losses.

    An underscore between two other characters becomes a dot, then two underscores become one. As in
    the image, matches do not overlap: segments of a single letter translate wrongly.
    """
    key = re.sub(r"([^_])_([^_])", r"\1.\2", variable.removeprefix("CONFIG_"))
    return re.sub(r"__", "_", key)


def read(folder: Path | None, environment: Mapping[str, str]) -> dict[str, str]:
    """The whole configuration."""
    config: dict[str, str] = {}
    for path in sorted(folder.glob("*.omero")) if folder else []:
        apply_file(config, path)
    for name, value in environment.items():
        if name.startswith("CONFIG_"):
            config[translate(name)] = without_line_break(value)
    return config


def without_line_break(value: str) -> str:
    """A value of a Secret; in the real image the operator's start-up file for bash drops this."""
    return re.sub(r"\r?\n\Z", "", value)


def apply_file(config: dict[str, str], path: Path) -> None:
    """Run the lines of one file on a configuration."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            raise ConfigError(f"{path}:{number}: {error}") from error
        if words:
            _apply(config, words, f"{path}:{number}")


def _apply(config: dict[str, str], words: list[str], where: str) -> None:
    if words[0] == "certificates":
        # The image's own last line; the stand-in makes its certificate in any case.
        return
    arguments = [word for word in words[2:] if word != "--"]
    match words[:2], arguments:
        case ["config", "set"], [key, value]:
            config[key] = value
        case ["config", "set"], [key]:
            config.pop(key, None)
        case ["config", "append"], [key, value]:
            config[key] = json.dumps([*_listed(config, key, where), _json(value)])
        case ["config", "remove"], [key, value]:
            config[key] = json.dumps(
                [each for each in _listed(config, key, where) if each != _json(value)]
            )
        case ["config", "drop"], _:
            config.clear()
        case _:
            raise ConfigError(
                f"{where}: the OMERO stand-in cannot run `{' '.join(words[:2])} …` with "
                f"{len(arguments)} arguments; "
                "it supports config set, append, remove and drop"
            )


def _listed(config: Mapping[str, str], key: str, where: str) -> list[object]:
    value = json.loads(config.get(key) or "[]")
    if not isinstance(value, list):
        raise ConfigError(
            f"{where}: {key} is not a list, so nothing can be appended to it or removed from it"
        )
    return value


def _json(text: str) -> object:
    """As the `omero` command does: text that is no JSON is itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text

"""Plugins that a site adds to the image: their files are in a folder each, below one folder.

`WEB_EXTRA_PLUGINS` is their JSON list: `[{"name", "app", "topLink": {"label", "url"}}]`, with or
without a top link. A folder goes to the end of Python's path, so what a plugin brings along never
replaces a module of the image.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from omero_plugin_common.env_utils import EnvironmentProblem

FOLDER: Final = Path("/opt/omero/web/extra")


@dataclass(frozen=True, slots=True)
class ExtraPlugin:
    """One added plugin.

    Attributes:
        name: what `spec.web.extraPlugins` calls it; also its folder's name.
        app: its Django application.
        folder: its files.
        top_link: label and address (or the name of a view) of its link; None for no link.
    """

    name: str
    app: str
    folder: Path
    top_link: tuple[str, str] | None = None


class BrokenPlugin(Exception):
    """A plugin that cannot be loaded: its name, and the exception it raised."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"plugin {name} (spec.web.extraPlugins) cannot be loaded: {problem}")


def extra_plugins() -> list[ExtraPlugin]:
    """The plugins that WEB_EXTRA_PLUGINS lists.

    Raises:
        EnvironmentProblem: it is not such a list.
    """
    text = os.environ.get("WEB_EXTRA_PLUGINS", "").strip()
    below = Path(os.environ.get("WEB_EXTRA_PLUGINS_FOLDER", FOLDER))
    if not text:
        return []
    try:
        return [_plugin(row, below) for row in json.loads(text)]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise EnvironmentProblem(
            f"WEB_EXTRA_PLUGINS cannot be read: {type(error).__name__}: {error}"
        ) from None


def _plugin(row: dict[str, Any], below: Path) -> ExtraPlugin:
    name, app, link = str(row["name"]), str(row["app"]), row.get("topLink")
    if Path(name).name != name:
        raise ValueError(f"{name!r} is not the name of a folder")
    if not all(part.isidentifier() for part in app.split(".")):
        raise ValueError(f"{app!r} is not the name of a Python package")
    top_link = (str(link["label"]), str(link["url"])) if link else None
    return ExtraPlugin(name, app, below / name, top_link)


def add_to_path(plugins: Iterable[ExtraPlugin]) -> None:
    """Let this process and the programs it becomes import the plugins."""
    inherited = os.environ.get("PYTHONPATH", "")
    folders = [str(plugin.folder) for plugin in plugins]
    sys.path.extend(folder for folder in folders if folder not in sys.path)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [inherited, *folders]))


def import_packages(plugins: Iterable[ExtraPlugin]) -> None:
    """Import each plugin's application.

    Raises:
        BrokenPlugin: the first one that fails.
    """
    for plugin in plugins:
        _import(plugin, plugin.app)


def import_settings(plugins: Iterable[ExtraPlugin]) -> None:
    """Import each plugin's settings once OMERO.web has: it passes over an ImportError in silence.

    Raises:
        BrokenPlugin: the first one that fails.
    """
    for plugin in plugins:
        if importlib.util.find_spec(f"{plugin.app}.settings") is not None:
            _import(plugin, f"{plugin.app}.settings")


def _import(plugin: ExtraPlugin, module: str) -> None:
    try:
        importlib.import_module(module)
    except Exception as error:
        raise BrokenPlugin(plugin.name, describe(error)) from error


def culprit(error: BaseException, plugins: Sequence[ExtraPlugin]) -> BrokenPlugin | None:
    """The plugin whose code raised an error while OMERO.web was loaded, if one did."""
    files = [Path(frame.filename) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        files.append(Path(error.filename))
    for plugin in plugins:
        if any(file.is_relative_to(plugin.folder) for file in files):
            return BrokenPlugin(plugin.name, describe(error))
    return None


def describe(error: BaseException) -> str:
    """An exception as one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())

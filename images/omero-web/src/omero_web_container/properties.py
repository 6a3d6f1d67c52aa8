"""Which of OMERO.web's properties a site may set: the table is `properties.toml`.

None is ignored in silence. What is refused ends the start with its name and the reason; so does
what nothing that runs here reads, such as a misspelt name.
"""

from __future__ import annotations

import difflib
import json
import logging
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from omero_plugin_common.env_utils import EnvironmentProblem

LOGGER: Final = logging.getLogger(__name__)
TABLE: Final = Path(__file__).with_suffix(".toml")
# OMERO writes it into its file by itself.
_OF_THE_FILE: Final = "omero.config.version"


@dataclass(frozen=True, slots=True)
class Properties:
    """The table.

    Attributes:
        refused: names of what cannot be set, with the reason.
        appended: those of them that are lists and may grow.
        honoured: names of what can be set, with a note.
        secret: those of them whose values come from a Secret alone.
    """

    refused: Mapping[str, str]
    appended: frozenset[str]
    honoured: Mapping[str, str]
    secret: frozenset[str]


@cache
def table() -> Properties:
    """The table, read from its file."""
    content = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    groups = content["refused"]
    return Properties(
        {name: group["reason"] for group in groups for name in group["properties"]},
        frozenset(
            name for group in groups if group.get("appended") for name in group["properties"]
        ),
        content["honoured"],
        frozenset(content["secret"]),
    )


def refusals(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What a file has changed and may not.

    Whatever the command was, `set`, `append`, `load` or another: what counts is what it did.

    Args:
        before: the configuration before the file.
        after: the configuration after it.

    Yields:
        Name and reason.
    """
    for name, reason in table().refused.items():
        old, new = before.get(name), after.get(name)
        if new != old and not (name in table().appended and _grew(old, new)):
            yield name, reason


def _grew(old: str | None, new: str | None) -> bool:
    """Whether all entries of a list are still there, in front."""
    entries = json.loads(old or "[]")
    return bool(json.loads(new or "[]")[: len(entries)] == entries)


def check_additional_settings(settings: Mapping[str, Any], omeroweb: Any) -> None:
    """Refuse what `omero.web.django_additional_settings` says in vain.

    Args:
        settings: Django's settings, as they are in the end.
        omeroweb: OMERO.web's module of settings.

    Raises:
        EnvironmentProblem: the platform makes this setting, or refuses the property for it.
    """
    mappings = omeroweb.INTERNAL_SETTINGS_MAPPING | omeroweb.CUSTOM_SETTINGS_MAPPINGS
    reasons = {mappings[n][0]: why for n, why in table().refused.items() if n in mappings}
    for name, value in omeroweb.DJANGO_ADDITIONAL_SETTINGS:
        if name in reasons or settings.get(name) != value:
            why = reasons.get(name, "the platform sets it")
            raise EnvironmentProblem(
                f"omero.web.django_additional_settings cannot set {name}: {why}"
            )


def check_read(held: Mapping[str, str], *, added_plugins: bool) -> None:
    """Refuse what nobody reads, once everything is loaded.

    Args:
        held: the configuration.
        added_plugins: whether the site has plugins of its own, which may read properties without
            declaring them; these are only logged then.

    Raises:
        EnvironmentProblem: a property that nothing here declares.
    """
    known = set(_declared())
    for name in sorted(held.keys() - known - {_OF_THE_FILE}):
        if name in table().honoured:
            LOGGER.warning("%s has no effect: its application is not enabled", name)
            continue
        near = difflib.get_close_matches(name, known, 1)
        message = f"nothing here reads the property {name} (spec.web.config, configSecretRefs)"
        message += f"; did you mean {near[0]}?" if near else ""
        if not added_plugins:
            raise EnvironmentProblem(message)
        LOGGER.warning("%s", message)


def _declared() -> Iterator[str]:
    """The properties of all settings that are loaded, as OMERO.web and its applications do it."""
    for module in list(sys.modules.values()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if "SETTINGS_MAPPING" in name and isinstance(value, dict):
                yield from value

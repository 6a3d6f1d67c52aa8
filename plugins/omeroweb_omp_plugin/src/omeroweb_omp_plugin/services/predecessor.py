"""Variable sets and settings of the plugin of the Docker edition become the user's own.

That edition stored them under the login name. Whoever has this name when the page is opened gets
them, once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from pydantic import ValidationError

from omeroweb_omp_plugin.services.user_data import Preferences, as_json
from omeroweb_omp_plugin.services.variable_sets import Content, SaveSet
from omeroweb_omp_plugin.store import predecessor as store

_QUOTED: Final = re.compile(r'"([^"]+)"')


def take_over(user_id: int, user_name: str) -> None:
    """Give a user what is stored under the login name; a set of the same name stays the user's.

    What cannot be used here stays where it is: a set without a name or without variables.

    Args:
        user_id: the user.
        user_name: the login name.
    """
    for each in store.sets_of(user_name):
        wanted = _set(each)
        if wanted is not None:
            content = wanted.content.model_dump(mode="json")
            store.move_set(user_id, user_name, each, wanted.name, content)
    settings = store.settings_of(user_name)
    if settings is not None:
        store.move_settings(user_id, user_name, as_json(_preferences(settings)))


def _set(earlier: store.EarlierSet) -> SaveSet | None:
    """The set as it is saved here. That edition stored names of variables and no pattern."""
    names = earlier.variables if isinstance(earlier.variables, list) else []
    try:
        content = Content(mode="detect", variables=tuple(_names(names)))
        return SaveSet(name=earlier.name, content=content)
    except ValidationError:
        return None


def _preferences(settings: Any) -> Preferences:
    """The settings that have a counterpart here; the others are sizes of that edition's own."""
    given = settings if isinstance(settings, dict) else {}
    texts = str(given.get("defaultVariableNames", ""))
    names = list(_names(_QUOTED.findall(texts)))
    more = {"defaultVariables": names} if names else {}
    try:
        return Preferences.model_validate(
            {"showCollaboration": given.get("showAllProjects") is True, **more}
        )
    except ValidationError:
        return Preferences()


def _names(given: Iterable[object]) -> Iterable[str]:
    return (name.strip() for name in given if isinstance(name, str) and name.strip())

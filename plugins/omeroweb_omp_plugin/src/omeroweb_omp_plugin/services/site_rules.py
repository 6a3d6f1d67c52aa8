"""The nomenclature that this site's names are read with."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import ClassVar

from omero_plugin_common.env_utils import get_optional_env
from omero_plugin_common.errors import ApiError
from omero_plugin_common.platform_fields import field_of
from omeroweb_omp_plugin import parsing
from omeroweb_omp_plugin.configuration import RULES_FILE


class RulesUnusable(ApiError):
    """The site's own nomenclature has a mistake: no name is read without it."""

    status: ClassVar[int] = 503
    code = "rules_unusable"


@functools.cache
def site_rules() -> parsing.Rules:
    """The plugin's nomenclature with the site's own before it; read once in a process's life.

    Raises:
        RulesUnusable: the site's file cannot be read or used; names entry and field. The next call
            reads it again.
    """
    file = get_optional_env(RULES_FILE)
    try:
        return parsing.load_rules(None if file is None else Path(file))
    except (parsing.RulesInvalid, OSError) as error:
        raise RulesUnusable(
            f"Names cannot be read, because this site's own nomenclature has a mistake. {error}. "
            f"It comes from {field_of(RULES_FILE)}: tell the administrators of this site"
        ) from None


def offered_keys() -> list[tuple[str, str]]:
    """The keys of the nomenclature and the module of REMBI that each belongs to, by module.

    The site's own come first within their module; none when its file has a mistake.
    """
    try:
        keys = site_rules().variables
    except RulesUnusable:
        return []
    return [(each.name, each.rembi) for each in sorted(keys, key=lambda each: each.rembi)]


def problem() -> str:
    """What is wrong with the site's nomenclature, for the page; empty when nothing is."""
    try:
        site_rules()
    except RulesUnusable as error:
        return error.message
    return ""

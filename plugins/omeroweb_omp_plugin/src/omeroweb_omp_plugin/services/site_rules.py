"""The nomenclature that this site's names are read with."""

from __future__ import annotations

import functools
from pathlib import Path

from omero_plugin_common.env_utils import InvalidValue, get_optional_env
from omero_plugin_common.platform_fields import field_of
from omeroweb_omp_plugin import parsing
from omeroweb_omp_plugin.configuration import RULES_FILE


@functools.cache
def site_rules() -> parsing.Rules:
    """The plugin's nomenclature with the site's own before it; read once in a process's life.

    Raises:
        InvalidValue: the site's file cannot be read or used; names entry and field.
    """
    file = get_optional_env(RULES_FILE)
    try:
        return parsing.load_rules(None if file is None else Path(file))
    except (parsing.RulesInvalid, OSError) as error:
        raise InvalidValue(f"{RULES_FILE}: {error}; it comes from {field_of(RULES_FILE)}") from None

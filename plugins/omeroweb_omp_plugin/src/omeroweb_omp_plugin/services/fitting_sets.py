"""Saved sets that fit the names of a selection, so that the page can offer them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from omero_plugin_common.named_settings import Named
from omero_plugin_common.omero_api import users
from omeroweb_omp_plugin import parsing
from omeroweb_omp_plugin.parsing import Detected, ParserSettings
from omeroweb_omp_plugin.services.site_rules import site_rules
from omeroweb_omp_plugin.services.variable_sets import SETS

_SAMPLE: Final = 100
_NEARLY_ALL: Final = 0.95
_MOST: Final = 3


def fitting_sets(
    conn: Any,
    user_id: int,
    names: Sequence[str],
    detected: Detected,
    project: int | None = None,
) -> list[dict[str, Any]]:
    """The sets that nearly all names of a selection fit: its project's, one's own, the newest.

    Args:
        conn: the user's gateway.
        user_id: the user.
        names: of the selection; a hundred of them are tried.
        detected: how they seem to be built.
        project: that the images were chosen in, if any; sets of others are not offered.
    """
    groups = users.own_groups(conn)
    sample = sorted(names)[:: -(-len(names) // _SAMPLE)]
    found = [
        each
        for each in SETS.table.visible(user_id, list(groups))
        if _project(each) in (None, project) and _fits(each, sample, detected)
    ]
    # Sorting is stable: the newest of each stay first.
    chosen = sorted(found, key=lambda each: (_project(each) is None, each.user_id != user_id))
    return SETS.with_owners(conn, user_id, chosen[:_MOST], groups)


def _project(one: Named) -> int | None:
    """The project that a set belongs to; those of earlier versions belong to none."""
    project: int | None = one.content.get("project")
    return project


def _fits(one: Named, sample: Sequence[str], detected: Detected) -> bool:
    mode, pattern = one.content["mode"], one.content["pattern"]
    keys = tuple(one.content["variables"])
    if mode == "detect":
        # The pieces are the same where the same was detected.
        return bool(pattern) and (pattern, len(keys)) == (detected.pattern, len(detected.names))
    try:
        parser = parsing.compile_parser(ParserSettings(mode, pattern, keys), site_rules())
    except parsing.PatternRefused:
        # Saved under another nomenclature, or by an earlier version.
        return False
    fit = sum(not read.warnings for read in parser.parse_all(sample))
    return fit >= _NEARLY_ALL * len(sample)

"""Variable sets: list, save, load, delete."""

from __future__ import annotations

from typing import Any

from omero_plugin_common.named_settings import DeleteNamed, LoadNamed
from omero_plugin_common.web import Caller, json_view
from omeroweb_omp_plugin.services import predecessor
from omeroweb_omp_plugin.services.variable_sets import SETS, SaveSet


@json_view("GET")
def listed(_request: Any, caller: Caller) -> dict[str, Any]:
    """One's own sets and those that are shared with one's groups.

    Returns:
        {"sets": [set, …], "groups": [{"id", "name"}, …], "most"}; a set is {"name", "owner", "own",
        "content": {"mode", "pattern", "variables"}, "group", "updated"}, here with "ownerName"
    """
    predecessor.take_over(caller.user_id, caller.user_name)
    return SETS.listed(caller.conn, caller.user_id)


@json_view("POST", body=SaveSet, action="omp.save_variable_set")
def save(_request: Any, caller: Caller, body: SaveSet) -> dict[str, Any]:
    """Store a set; 409 `exists` with `replaces` when the user has to agree to overwrite one.

    Returns:
        set
    """
    return SETS.save(caller.conn, caller.user_id, body)


@json_view("POST", body=LoadNamed)
def load(_request: Any, caller: Caller, body: LoadNamed) -> dict[str, Any]:
    """One set, one's own or a shared one.

    Returns:
        set
    """
    return SETS.load(caller.conn, caller.user_id, body)


@json_view("POST", body=DeleteNamed, action="omp.delete_variable_set")
def delete(_request: Any, caller: Caller, body: DeleteNamed) -> dict[str, Any]:
    """Delete one of one's own sets.

    Returns:
        {"deleted": name}
    """
    return SETS.delete(caller.user_id, body)

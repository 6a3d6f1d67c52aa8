"""Variable sets: list, save, load, delete."""

from __future__ import annotations

from typing import Any

from omero_plugin_common.web import Caller, json_view
from omeroweb_omp_plugin.omero_side import people
from omeroweb_omp_plugin.services import variable_sets


@json_view("GET")
def listed(_request: Any, caller: Caller) -> dict[str, Any]:
    """One's own sets and those that are shared with one's groups."""
    return variable_sets.list_sets(
        caller.user_id,
        people.own_groups(caller.conn),
        lambda ids: people.login_names(caller.conn, ids),
    )


@json_view("POST", body=variable_sets.ToSave, action="omp.save_variable_set")
def save(_request: Any, caller: Caller, body: variable_sets.ToSave) -> dict[str, Any]:
    """Keep a set; 409 `exists` with `replaces` when the user has to agree to overwrite one."""
    return variable_sets.save_set(caller.user_id, body, people.own_groups(caller.conn))


@json_view("POST", body=variable_sets.ToLoad)
def load(_request: Any, caller: Caller, body: variable_sets.ToLoad) -> dict[str, Any]:
    """One set, one's own or a shared one."""
    return variable_sets.load_set(caller.user_id, body, people.own_groups(caller.conn))


@json_view("POST", body=variable_sets.ToDelete, action="omp.delete_variable_set")
def delete(_request: Any, caller: Caller, body: variable_sets.ToDelete) -> dict[str, Any]:
    """Delete one of one's own sets."""
    return variable_sets.delete_set(caller.user_id, body)

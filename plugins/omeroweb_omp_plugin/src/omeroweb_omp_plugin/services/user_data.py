"""Deleting what the plugin stores about a user. Pairs in OMERO are not part of it."""

from __future__ import annotations

from omeroweb_omp_plugin.store import user_data as store


def delete_api_keys(user_id: int) -> dict[str, dict[str, int]]:
    """Delete all keys for AI providers."""
    return {"deleted": store.delete(user_id, ["apiKeys"])}


def delete_variable_sets(user_id: int) -> dict[str, dict[str, int]]:
    """Delete all variable sets, shared ones included."""
    return {"deleted": store.delete(user_id, ["variableSets"])}


def delete_everything(user_id: int) -> dict[str, dict[str, int]]:
    """Delete keys, sets, settings, what models found, and selections with their previews."""
    return {"deleted": store.delete(user_id, store.ALL)}

"""A preview as pages get it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from omeroweb_omp_plugin.services.site_rules import site_rules
from omeroweb_omp_plugin.store import previews
from omeroweb_omp_plugin.store.previews import Preview


def load(user_id: int, preview: UUID) -> dict[str, Any]:
    """What a user's preview was made from, and what is known of it.

    Raises:
        NotFound: there is none.
    """
    return as_json(previews.load(preview, user_id))


def as_json(preview: Preview) -> dict[str, Any]:
    """A preview as pages get it."""
    return {
        "preview": str(preview.id),
        "selection": str(preview.selection),
        "settings": asdict(preview.settings),
        "reading": preview.reading,
        "constants": [{"key": key, "value": value} for key, value in preview.constants],
        "shapes": preview.shapes,
        "mode": preview.mode,
        "columns": preview.columns,
        "lists": _lists(preview.columns),
        "mismatching": len(preview.mismatching),
        "edited": len(preview.overrides),
        "skipped": len(preview.skipped),
        "skippedMisfits": len(set(preview.skipped) & set(preview.mismatching)),
        "changed": len(preview.changing),
        "lookedUp": preview.looked_up,
        "counts": asdict(preview.counts),
        "doubled": preview.outputs.doubled,
        "also": list(preview.outputs.also),
        "namespace": preview.outputs.namespace,
        "tags": list(preview.outputs.tags),
        "target": preview.outputs.target,
        "clashes": preview.clashing,
    }


def _lists(columns: Iterable[str]) -> dict[str, list[str]]:
    """The values that the site lists for keys."""
    lists = dict(site_rules().listed)
    return {key: list(lists[key]) for key in columns if key in lists}

"""Which associations a query fetches with the objects it returns."""

from __future__ import annotations

from omero_standin.hql.tree import Path, Query
from omero_standin.model.objects import Fetch


def fetched(query: Query) -> Fetch:
    """The fetch joins below the selected alias, as a tree of member names."""
    first = query.sources[0]
    selected = first.alias or first.path.text
    if query.items and isinstance(query.items[0].value, Path):
        selected = query.items[0].value.parts[0]
    root: Fetch = {}
    trees: dict[str, Fetch] = {selected: root}
    for source in query.sources:
        head = source.path.parts[0]
        if not source.join or head not in trees:
            continue
        # A join without fetch loads nothing itself, but what is fetched below it hangs on it.
        tree = trees[head]
        for part in source.path.parts[1:]:
            tree = tree.setdefault(part, {}) if source.fetch else tree.get(part, {})
        if source.alias:
            trees[source.alias] = tree
    return root

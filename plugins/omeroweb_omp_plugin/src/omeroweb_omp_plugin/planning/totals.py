"""How many pairs a write adds, changes, renames and removes, and how many tags it adds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from omeroweb_omp_plugin.planning.row import Cell


@dataclass(frozen=True, slots=True)
class Totals:
    """Numbers of pairs, over some images.

    Attributes:
        added: pairs that were not there.
        changed: values that another value of the same key takes the place of.
        renamed: values that get another key.
        removed: pairs that are gone afterwards.
        tags: that images get.
    """

    added: int = 0
    changed: int = 0
    renamed: int = 0
    removed: int = 0
    tags: int = 0

    def __add__(self, other: Totals) -> Totals:
        """Those of the images of both."""
        return Totals(
            self.added + other.added,
            self.changed + other.changed,
            self.renamed + other.renamed,
            self.removed + other.removed,
            self.tags + other.tags,
        )


def totals(cells: Iterable[Cell]) -> Totals:
    """What happens to the pairs of one image.

    A key can have several values: each that comes or goes counts.
    """
    result = Totals()
    for each in cells:
        if each.change == "renamed":
            result += Totals(renamed=len(each.now))
            continue
        gone = len(set(each.now) - set(each.then))
        new = len(set(each.then) - set(each.now))
        changed = min(gone, new)
        result += Totals(added=new - changed, changed=changed, removed=gone - changed)
    return result

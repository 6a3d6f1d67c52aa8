"""Layouts to begin with: one label after the other, each at its best free place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from omeroweb_upload.figure.geometry import (
    SLACK,
    Parts,
    Scene,
    Values,
    between,
    blame,
    parts,
    single,
)

# What they cost, in pixels: a fault more than any distance.
FAULT: Final = 1e5
FLAW: Final = 3000.0
_BLOCK: Final = 192
_ROUNDS: Final = 3


def places(scene: Scene, reach: float) -> Values:
    """Moves that are tried, the cheapest first: (moves, 2).

    Args:
        scene: for the size of a label.
        reach: how far a label may go to the side, in pixels.
    """
    height = float(scene.sizes[:, 1].max())
    room = scene.box[3] - scene.box[1]
    x = np.arange(0, reach + 1, max(5.0, reach / 18))
    x = np.concatenate((-x[:0:-1], x))
    y = np.concatenate((np.arange(10, 60, 8), np.arange(60, max(room, 61), height * 0.6)))
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    return np.asarray(grid[np.argsort(cost(grid), kind="stable")])


def cost(moves: Values) -> Values:
    """How far labels are from their peaks, in pixels; to the side counts more than upwards.

    Args:
        moves: from a peak to its label; any array whose last axis is x and y.
    """
    aside, up = np.abs(moves[..., 0]), np.maximum(moves[..., 1] - 10.0, 0.0)
    return np.asarray(1.5 * aside + 0.004 * aside**2 + 0.6 * up)


def layout(scene: Scene, order: Sequence[int], tried: Values) -> Values:
    """Place labels one by one; where no place is free, the one with the fewest faults.

    Args:
        scene: what does not move.
        order: of the labels.
        tried: from `places`.
    """
    moves = np.zeros((len(scene), 2))
    for number, label in enumerate(order):
        moves[label] = _best(scene, moves, list(order[:number]), label, tried)
    return moves


def flags(scene: Scene, split: float) -> Values:
    """Labels as flags on upright leaders, pointing inwards, the higher the farther out.

    Each is at its lowest free height. As a flag only hangs over peaks that were served before, a
    place is found as long as there is height: no leader has to pass a label.

    Args:
        scene: what does not move.
        split: flags left of it point to the right, the others to the left.
    """
    x = scene.anchors[:, 0]
    room = scene.box[3] - scene.box[1]
    moves = np.zeros((len(scene), 2))
    placed: list[int] = []
    for label in np.argsort(np.abs(x - split), kind="stable").tolist():
        aside = SLACK * float(scene.sizes[label, 0]) / 2 * (1.0 if x[label] < split else -1.0)
        up = np.arange(10.0, max(room, 11.0), float(scene.sizes[label, 1]) / 4)
        tried = np.column_stack((np.full(len(up), aside), up))
        moves[label] = _best(scene, moves, placed, label, tried)
        placed.append(label)
    return moves


def repaired(scene: Scene, moves: Values, tried: Values) -> Values:
    """A layout whose faulty labels, and then those around them, were placed again.

    Args:
        scene: what does not move.
        moves: the layout.
        tried: from `places`.
    """
    best, fewest = moves, float(blame(scene, moves).sum())
    for round_ in range(_ROUNDS):
        if not fewest:
            break
        wrong = blame(scene, best)
        faulty = np.flatnonzero(wrong).tolist()
        if round_ % 2:
            # Those whose peaks are near take part.
            x = scene.anchors[:, 0]
            reach = float(scene.sizes[:, 0].max()) * (1 + round_ / 2)
            faulty = np.flatnonzero(np.abs(x[:, None] - x[faulty]).min(axis=1) < reach).tolist()
        order = sorted(faulty, key=lambda at: (-wrong[at], scene.anchors[at, 1]))
        for turned in (order, order[::-1]):
            other = best.copy()
            placed = [at for at in range(len(scene)) if at not in faulty]
            for label in turned:
                other[label] = _best(scene, other, placed, label, tried)
                placed.append(label)
            count = float(blame(scene, other).sum())
            if count < fewest:
                best, fewest = other, count
    return best


def _best(scene: Scene, moves: Values, placed: list[int], label: int, tried: Values) -> Values:
    """The cheapest place without a fault. Places are looked at in blocks."""
    there = parts(scene.part(placed), moves[None, placed]) if placed else None
    alone = scene.part([label])
    least, best = np.inf, tried[0]
    for start in range(0, len(tried), _BLOCK):
        some = tried[start : start + _BLOCK]
        made = parts(alone, some[:, None])
        own, flaws = single(scene, made)
        price = FAULT * own[:, 0] + FLAW * flaws[:, 0] + cost(some)
        free = np.flatnonzero(own[:, 0] == 0)
        if there is not None and len(free):
            one = Parts(*(getattr(made, name)[free] for name in made.__slots__))
            price[free] += FAULT * between(one, there).sum(axis=1)
        at = int(np.argmin(price))
        if price[at] < least:
            least, best = float(price[at]), some[at]
        if least < float(cost(tried[min(start + _BLOCK, len(tried) - 1)])):
            break
    return np.asarray(best)

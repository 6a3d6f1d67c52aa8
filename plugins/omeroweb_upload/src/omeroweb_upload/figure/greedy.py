"""Layouts to begin with: one label after the other, each at its best free place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
# Places that are looked at before others.
_FIRST: Final = 32
_ROUNDS: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where one label may go, the best place first, each judged without the other labels.

    Attributes:
        moves: (places, 2) from its peak.
        made: its parts at each place: arrays (places, 1).
        price: of each place, in pixels.
    """

    moves: Values
    made: Parts
    price: Values


def grid(scene: Scene, reach: float) -> Values:
    """Moves that are tried, the same for each label: (moves, 1, 2).

    Args:
        scene: for the size of a label.
        reach: how far a label may go to the side, in pixels.
    """
    height = float(scene.sizes[:, 1].max())
    room = scene.box[3] - scene.box[1]
    x = np.arange(0, reach + 1, max(5.0, reach / 18))
    x = np.concatenate((-x[:0:-1], x))
    y = np.concatenate((np.arange(10, 60, 8), np.arange(60, max(room, 61), height * 0.6)))
    return np.asarray(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 1, 2))


def places(scene: Scene, moves: Values) -> list[Places]:
    """What is known of the places of each label before any other label has one.

    Args:
        scene: what does not move.
        moves: that are tried: (moves, 1, 2) for all labels, or (moves, labels, 2).
    """
    made = parts(scene, moves)
    own, flaws = single(scene, made)
    price = FAULT * own + FLAW * flaws + cost(moves)
    moves = np.broadcast_to(moves, (*price.shape, 2))
    return [
        Places(moves[best, label], made.at(best, label), price[best, label])
        for label, best in enumerate(np.argsort(price, axis=0, kind="stable").T)
    ]


def cost(moves: Values) -> Values:
    """How far labels are from their peaks, in pixels; to the side counts more than upwards.

    Args:
        moves: from a peak to its label; any array whose last axis is x and y.
    """
    aside, up = np.abs(moves[..., 0]), np.maximum(moves[..., 1] - 10.0, 0.0)
    return np.asarray(1.5 * aside + 0.004 * aside**2 + 0.6 * up)


def layout(scene: Scene, order: Sequence[int], tried: Sequence[Places]) -> Values:
    """Place labels one by one; where no place is free, the one with the fewest faults.

    Args:
        scene: what does not move.
        order: of the labels.
        tried: from `places`.
    """
    moves = np.zeros((len(scene), 2))
    for number, label in enumerate(order):
        moves[label] = _best(scene, moves, order[:number], tried[label])
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
    aside = SLACK * scene.sizes[:, 0] / 2 * np.where(x < split, 1.0, -1.0)
    up = np.arange(10.0, max(room, 11.0), float(scene.sizes[:, 1].max()) / 4)
    tried = places(scene, np.stack(np.broadcast_arrays(aside, up[:, None]), axis=-1))
    return layout(scene, np.argsort(np.abs(x - split), kind="stable").tolist(), tried)


def repaired(scene: Scene, moves: Values, tried: Sequence[Places]) -> Values:
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
                other[label] = _best(scene, other, placed, tried[label])
                placed.append(label)
            count = float(blame(scene, other).sum())
            if count < fewest:
                best, fewest = other, count
    return best


def _best(scene: Scene, moves: Values, placed: Sequence[int], tried: Places) -> Values:
    """The cheapest place beside the labels that have one. The best places are looked at first."""
    if not placed:
        return np.asarray(tried.moves[0])
    there = parts(scene.part(placed), moves[None, placed])
    least, best, start, end = np.inf, 0, 0, _FIRST
    while start < len(tried.price) and tried.price[start] < least:
        faults = between(tried.made.rows(start, end), there).sum(axis=1)
        price = tried.price[start:end] + FAULT * faults
        at = int(np.argmin(price))
        if price[at] < least:
            least, best = float(price[at]), start + at
        start, end = end, 4 * end
    return np.asarray(tried.moves[best])

"""The genetic algorithm: layouts that compete, mix and change, for some hundred generations.

A gene is where one label is, against its peak. The first generation are layouts that `greedy`
made in several orders, and changed copies of them. The same seed gives the same layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from omeroweb_upload.figure import greedy
from omeroweb_upload.figure.geometry import Scene, Values, faults

# Layouts that are mended where the best one has a single fault.
_MENDED: Final = 3


@dataclass(frozen=True, slots=True)
class Settings:
    """How it searches.

    Attributes:
        population: layouts of a generation.
        generations: at most.
        patience: it ends after so many generations without a better layout.
        mutation: share of the genes that change.
        elite: layouts that live on as they are.
        tournament: layouts of which the best becomes a parent.
    """

    population: int = 20
    generations: int = 60
    patience: int = 12
    mutation: float = 0.08
    elite: int = 6
    tournament: int = 3


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the labels are.

    Attributes:
        moves: (labels, 2) from each peak to the middle of its label's lower edge, in pixels.
        faults: how many there are; see `geometry.Faults`.
        flaws: likewise.
    """

    moves: Values
    faults: int
    flaws: int


def place(scene: Scene, seed: int = 0, begun: Values | None = None) -> Layout:
    """Find places for labels.

    Args:
        scene: peaks, labels and curve.
        seed: of what is left to chance.
        begun: a layout to mend, as of `Layout.moves`, else it starts from nothing.
    """
    if not len(scene):
        return Layout(np.zeros((0, 2)), 0, 0)
    how = Settings()
    chance = np.random.default_rng(seed)
    width = scene.box[2] - scene.box[0]
    tried = greedy.places(scene, greedy.grid(scene, min(0.22 * width, 260.0)))
    made = _first(scene, tried, begun)
    if count := _count(scene, made[0]):
        # Chance seldom mends it: more room or fewer labels do.
        return Layout(made[0], count, 0)
    layouts = np.array([made[at % len(made)] for at in range(how.population)])
    layouts[len(made) :] = _mutated(layouts[len(made) :], how, chance)
    price = _price(scene, layouts)
    best, waited = price.min(), 0
    for _ in range(how.generations):
        order = np.argsort(price, kind="stable")
        layouts, price = layouts[order], price[order]
        children = _children(layouts, price, how, chance)
        layouts = np.concatenate((layouts[: how.elite], children))
        price = np.concatenate((price[: how.elite], _price(scene, children)))
        waited = 0 if price.min() < best - 1.0 else waited + 1
        best = min(best, price.min())
        if waited >= how.patience:
            break
    moves = layouts[int(np.argmin(price))]
    wrong = faults(scene, moves[None])
    return Layout(moves, int(wrong.count[0]), int(wrong.flaws[0]))


def _price(scene: Scene, layouts: Values) -> Values:
    wrong = faults(scene, layouts)
    away = greedy.cost(layouts).sum(axis=1)
    return np.asarray(greedy.FAULT * wrong.count + greedy.FLAW * wrong.flaws + away)


def _count(scene: Scene, moves: Values) -> int:
    return int(faults(scene, moves[None]).count[0])


def _first(scene: Scene, tried: Sequence[greedy.Places], begun: Values | None) -> list[Values]:
    """Layouts without a fault, else a single one that has few."""
    made = _from_nothing(scene, tried) if begun is None else [begun]
    made.sort(key=lambda each: _count(scene, each))
    free = [each for each in made if not _count(scene, each)]
    if free:
        return free
    several = _MENDED if _count(scene, made[0]) == 1 else 1
    mended = [greedy.repaired(scene, each, tried) for each in made[:several]]
    return [min(mended, key=lambda each: _count(scene, each))]


def _from_nothing(scene: Scene, tried: Sequence[greedy.Places]) -> list[Values]:
    """One layout for each order in which labels get their places."""
    low_first = np.argsort(scene.anchors[:, 1], kind="stable").tolist()
    from_left = np.argsort(scene.anchors[:, 0], kind="stable").tolist()
    orders = [low_first, low_first[::-1], from_left, from_left[::-1]]
    made = [greedy.layout(scene, order, tried) for order in orders]
    splits = np.quantile(scene.anchors[:, 0], (0.0, 0.4, 0.6, 0.8, 1.0)) + 1.0
    return made + [greedy.flags(scene, float(split)) for split in splits]


def _children(layouts: Values, price: Values, how: Settings, chance: np.random.Generator) -> Values:
    number, genes = len(layouts) - how.elite, layouts.shape[1]
    # The layouts are in order, so the least number of a tournament is its best.
    parents = chance.integers(0, len(layouts), (2, number, how.tournament)).min(axis=2)
    # Genes up to a point come from one parent; the point may be at either end.
    point = chance.integers(0, genes + 1, number)
    from_first = np.arange(genes) < point[:, None]
    mixed = np.where(from_first[..., None], layouts[parents[0]], layouts[parents[1]])
    return _mutated(mixed, how, chance)


def _mutated(layouts: Values, how: Settings, chance: np.random.Generator) -> Values:
    """Some labels a little or much elsewhere, some nearer to their peak."""
    shape = layouts.shape[:2]
    changed = chance.random(shape) < np.maximum(how.mutation, 1.0 / shape[1])
    size = np.where(chance.random(shape) < 0.7, 4.0, 25.0)[..., None]
    moved = layouts + chance.normal(0, 1, layouts.shape) * size
    pulled = layouts * (chance.random(shape) < 0.25)[..., None] * chance.random(shape)[..., None]
    nearer = chance.random(shape) < 0.25
    moved = np.where((nearer & (pulled[..., 1] > 0))[..., None], pulled, moved)
    # Straight above the peak looks best.
    moved[..., 0] = np.where(np.abs(moved[..., 0]) < 2.0, 0.0, moved[..., 0])
    moved[..., 1] = np.maximum(moved[..., 1], 10.0)
    return np.where(changed[..., None], moved, layouts)

"""What is wrong with a layout: labels over each other, on the curve, outside, leaders that cross.

All in pixels, y upwards, and for many layouts at once: the first axis of every array is the
layout. A straight leader goes from a peak to its label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

# Space around a label, and between a peak and the beginning of its leader.
MARGIN: Final = 3.0
GAP: Final = 3.0
# How far from the middle of a label its leader may end, against half its width.
SLACK: Final = 0.96
# Where along a leader it is compared with the curve.
_ALONG: Final = np.linspace(0.1, 1.0, 24)[:, None, None]


@dataclass(frozen=True)
class Scene:
    """What does not move.

    Attributes:
        anchors: (labels, 2) the tops of the peaks.
        sizes: (labels, 2) widths and heights of the labels.
        box: left, bottom, right and top of the axes.
        curve: height of the curve in each column of pixels from `box[0]` on.
    """

    anchors: Values
    sizes: Values
    box: tuple[float, float, float, float]
    curve: Values

    def __len__(self) -> int:
        return len(self.anchors)

    @cached_property
    def pairs(self) -> tuple[Index, Index]:
        """All pairs of different labels, each once."""
        first, second = np.triu_indices(len(self), 1)
        return first, second

    def part(self, labels: Sequence[int]) -> Scene:
        """Some of the labels."""
        made = Scene(self.anchors[labels], self.sizes[labels], self.box, self.curve)
        made.__dict__["highest"] = self.highest
        return made

    @cached_property
    def highest(self) -> list[Values]:
        """The highest place of 1, 2, 4, 8 … columns from each one on."""
        levels, span = [self.curve], 1
        while 2 * span <= len(self.curve):
            last = levels[-1]
            levels.append(np.maximum(last[:-span], last[span:]))
            span *= 2
        return levels

    def highest_between(self, left: Values, right: Values) -> Values:
        """The highest place of the curve between two columns, both included."""
        last = len(self.curve) - 1
        start = np.clip(np.floor(left - self.box[0]), 0, last).astype(np.intp)
        end = np.clip(np.ceil(right - self.box[0]), 0, last).astype(np.intp)
        end = np.maximum(end, start)
        level = np.floor(np.log2(end - start + 1)).astype(np.intp)
        found = np.empty(start.shape)
        for each in np.unique(level):
            here = level == each
            heights = self.highest[each]
            found[here] = np.maximum(
                heights[start[here]], heights[end[here] - (1 << int(each)) + 1]
            )
        return found


@dataclass(frozen=True)
class Faults:
    """How bad layouts are: a number for each layout.

    Attributes:
        count: how often a label is over another, a peak or the border, or a leader over another
            leader or a label. A layout with none may be shown.
        flaws: how often a leader cuts through a peak beside its own.
    """

    count: Values
    flaws: Values


@dataclass(frozen=True, slots=True)
class Parts:
    """Labels and leaders of layouts: arrays (layouts, labels), in pixels.

    Attributes:
        left: left edges of the labels.
        right: their right edges.
        bottom: their lower edges.
        top: their upper edges.
        x: where the leaders begin.
        y: likewise, the height.
        end_x: where they end.
        end_y: likewise, the height.
    """

    left: Values
    right: Values
    bottom: Values
    top: Values
    x: Values
    y: Values
    end_x: Values
    end_y: Values

    def x_at(self, height: Values) -> Values:
        """Where the leaders are at a height. They always go up."""
        slope = (self.end_x - self.x) / (self.end_y - self.y)
        return np.asarray(self.x + (height - self.y) * slope)

    def of(self, index: Index) -> Parts:
        """Some of the labels."""
        return Parts(*(getattr(self, name)[:, index] for name in self.__slots__))

    def at(self, layouts: Index, label: int) -> Parts:
        """One label in some of the layouts."""
        return Parts(*(getattr(self, name)[layouts, label, None] for name in self.__slots__))

    def rows(self, start: int, end: int) -> Parts:
        """Layouts that follow each other."""
        return Parts(*(getattr(self, name)[start:end] for name in self.__slots__))


def parts(scene: Scene, moves: Values) -> Parts:
    """What layouts are made of.

    Args:
        scene: what does not move.
        moves: (layouts, labels, 2) from each peak to the middle of its label's lower edge.
    """
    ends = scene.anchors + moves
    half = scene.sizes[:, 0] / 2
    x, y = ends[..., 0], ends[..., 1]
    # A leader is as steep as it can be: it goes to the nearest place of the label's lower edge.
    end_x = np.clip(scene.anchors[:, 0], x - SLACK * half, x + SLACK * half)
    start_x = np.broadcast_to(scene.anchors[:, 0], x.shape)
    start_y = np.broadcast_to(scene.anchors[:, 1] + GAP, x.shape)
    return Parts(x - half, x + half, y, y + scene.sizes[:, 1], start_x, start_y, end_x, y)


def faults(scene: Scene, moves: Values) -> Faults:
    """What is wrong with layouts; see `parts` for the arguments."""
    one, two = scene.pairs
    made = parts(scene, moves)
    count = between(made.of(one), made.of(two)).sum(axis=1)
    alone, flaws = single(scene, made)
    return Faults(count + alone.sum(axis=1), flaws.sum(axis=1))


def blame(scene: Scene, moves: Values) -> Values:
    """Faults of each label of one layout: its own, and those that it is part of.

    Args:
        scene: what does not move.
        moves: (labels, 2); see `parts`.
    """
    one, two = scene.pairs
    made = parts(scene, moves[None])
    found = single(scene, made)[0][0]
    shared = between(made.of(one), made.of(two))[0]
    np.add.at(found, one, shared)
    np.add.at(found, two, shared)
    return np.asarray(found)


def single(scene: Scene, made: Parts) -> tuple[Values, Values]:
    """Faults and flaws of each label by itself."""
    x0, y0, x1, y1 = scene.box
    out = (made.left < x0 + MARGIN) | (made.right > x1 - MARGIN)
    out |= (made.bottom < y0) | (made.top > y1 - MARGIN)
    highest = scene.highest_between(made.left - MARGIN, made.right + MARGIN)
    on_curve = made.bottom - MARGIN < highest
    points = made.x + (made.end_x - made.x) * _ALONG
    column = np.clip(points - x0, 0, len(scene.curve) - 1).astype(np.intp)
    cut = (made.y + (made.end_y - made.y) * _ALONG < scene.curve[column]).any(axis=0)
    return np.asarray(out.astype(np.float64) + on_curve), np.asarray(cut.astype(np.float64))


def between(one: Parts, two: Parts) -> Values:
    """Faults of pairs of labels."""
    over = (one.left - 2 * MARGIN < two.right) & (two.left - 2 * MARGIN < one.right)
    over &= (one.bottom - MARGIN < two.top) & (two.bottom - MARGIN < one.top)
    found = over.astype(np.float64)
    for fault in (_through(one, two), _through(two, one), _crossing(one, two)):
        found += fault
    return found


def _crossing(one: Parts, two: Parts) -> Values:
    """Whether two leaders cross or touch: which is to the left changes where both are."""
    low, high = np.maximum(one.y, two.y), np.minimum(one.end_y, two.end_y)
    turn = (one.x_at(low) - two.x_at(low)) * (one.x_at(high) - two.x_at(high))
    # Leaders of peaks at one place begin together, and may.
    apart = np.abs(one.x - two.x) + np.abs(one.y - two.y) > 0.5
    return np.asarray((low <= high) & ((turn < 0) | ((turn == 0) & apart)))


def _through(leader: Parts, label: Parts) -> Values:
    """Whether a leader runs over a label, or closely along it."""
    low, high = np.maximum(leader.y, label.bottom - 1), np.minimum(leader.end_y, label.top + 1)
    first, last = leader.x_at(low), leader.x_at(high)
    found = (low < high) & (np.minimum(first, last) < label.right + 1)
    return np.asarray(found & (np.maximum(first, last) > label.left - 1))

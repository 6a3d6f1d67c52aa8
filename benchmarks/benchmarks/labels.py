"""Labels of spectra: our genetic algorithm against textalloc and adjustText.

All three get the same axes, the same curve to avoid and the same texts, in the room that ours chose
and without the labels that ours leaves out. What they did is measured in the finished figure, from
the texts' own boxes and the leaders as they are drawn. Time is processor time of placing; ours
includes making the figure and trying again. Drawing the file comes on top, and is the same for all:
the column `png s`. Both libraries run with the options that serve this task best:
textalloc is asked to avoid crossings and lines over labels.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks import label_corpus
from benchmarks.label_corpus import Task
from benchmarks.samples import percentile
from omero_ci.console import step
from omero_ci.paths import ROOT
from omeroweb_upload.figure.drawing import Sheet, arranged
from omeroweb_upload.figure.genetic import Layout

PICTURES: Final = ROOT / ".artifacts" / "labels"
VERSIONS: Final = ("omeroweb-upload", "textalloc", "adjustText", "matplotlib")
HEADER: Final = (
    f"{'placer, figures':<52} {'n':>3} {'over':>5} {'cross':>5} {'peak':>5} {'out':>4} {'left':>4} "
    f"{'px':>5} {'p50 s':>7} {'max s':>7} {'png s':>7}"
)
Segment = tuple[tuple[float, float], tuple[float, float]]


@dataclass
class Placed:
    """What a placer did, in pixels.

    Attributes:
        boxes: left, bottom, right and top of each label.
        leaders: from peaks to labels.
        seconds: processor time.
        left_out: labels without a place.
    """

    boxes: list[tuple[float, float, float, float]]
    leaders: list[Segment]
    seconds: float
    left_out: int = 0


@dataclass
class Row:
    """One placer on the figures of one kind.

    Attributes:
        placer: its name.
        figures: their kind.
        over: pairs of labels over each other.
        cross: pairs of leaders that cross.
        peak: labels over the curve.
        out: labels outside the axes.
        left_out: labels that only ours does not show, and the others did not get either.
        pixels: from a peak to the nearest place of its label.
        seconds: of each figure.
        drawn: seconds of each file.
    """

    placer: str
    figures: str
    over: int = 0
    cross: int = 0
    peak: int = 0
    out: int = 0
    left_out: int = 0
    pixels: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    drawn: list[float] = field(default_factory=list)

    def line(self) -> str:
        """One line of the table."""
        name = f"{self.placer}: {self.figures}"
        return (
            f"{name:<52} {len(self.seconds):>3} {self.over:>5} {self.cross:>5} {self.peak:>5} "
            f"{self.out:>4} {self.left_out:>4} {np.mean(self.pixels):>5.0f} "
            f"{percentile(self.seconds, 50):>7.3f} {max(self.seconds):>7.3f} "
            f"{percentile(self.drawn, 50):>7.3f}"
        )

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            name: value if isinstance(value, str | list) else int(value)
            for name, value in vars(self).items()
        }


def measure(_count: int) -> list[Row]:
    """Every figure by every placer; writes one crowded figure of each to `.artifacts/labels`."""
    rows: dict[tuple[str, str], Row] = {}
    PICTURES.mkdir(parents=True, exist_ok=True)
    for number, task in enumerate(label_corpus.tasks()):
        with step(f"figure {number + 1}: {task.name}"):
            began = time.process_time()
            ours = arranged(task.curve, task.labels, size=task.size, font=task.font)
            seconds = time.process_time() - began
            for name, placer in PLACERS.items():
                # The others get the room and the labels that ours needed and showed.
                sheet = ours[0] if placer is None else _sheet(task, ours[0])
                placed = _ours(ours, seconds) if placer is None else placer(sheet, task)
                row = rows.setdefault((name, task.name), Row(name, task.name))
                _judge(row, placed, sheet)
                row.drawn.append(_picture(sheet, name, number))
    return sorted(rows.values(), key=lambda row: list(PLACERS).index(row.placer))


def _sheet(task: Task, ours: Sheet) -> Sheet:
    """The same axes: made for all labels, with those that ours shows."""
    sheet = Sheet(task.curve, task.labels, ours.x_range, task.size, task.font, ours.room)
    sheet.leave_out([at for at, label in enumerate(task.labels) if label not in ours.labels])
    return sheet


def _ours(made: tuple[Sheet, Layout, list[Any]], seconds: float) -> Placed:
    sheet, layout, left_out = made
    before = len(sheet.axes.lines)
    sheet.write(layout.moves, 0)
    return Placed(_boxes(sheet, sheet.texts), _lines(sheet, before), seconds, len(left_out))


def _textalloc(sheet: Sheet, task: Task) -> Placed:
    import textalloc

    x, y = _anchors(sheet)
    for text in sheet.texts:
        text.remove()
    before = len(sheet.axes.lines)
    began = time.process_time()
    found = textalloc.allocate(
        sheet.axes, x, y, [each.text for each in sheet.labels],
        x_lines=[task.curve.x], y_lines=[task.curve.y], textsize=task.font, linecolor="#67737f",
        linewidth=0.6, avoid_label_lines_overlap=True, avoid_crossing_label_lines=True,
        max_distance=0.5, min_distance=0.015, nbr_candidates=400, draw_all=True,
    )  # fmt: skip
    seconds = time.process_time() - began
    texts = [each for each in found[2] if each is not None]
    return Placed(_boxes(sheet, texts), _lines(sheet, before), seconds)


def _adjust_text(sheet: Sheet, task: Task) -> Placed:
    from adjustText import adjust_text

    x, y = _anchors(sheet)
    for text, at_x, at_y in zip(sheet.texts, x, y, strict=True):
        text.set_position((at_x, at_y))
    inside = task.curve.x <= sheet.axes.get_xlim()[1]
    began = time.process_time()
    adjust_text(
        sheet.texts, x=task.curve.x[inside][::4], y=task.curve.y[inside][::4], target_x=x,
        target_y=y, ax=sheet.axes, min_arrow_len=0, iter_lim=400, only_move={"text": "xy"},
        arrowprops={"arrowstyle": "-", "color": "#67737f", "linewidth": 0.6},
    )  # fmt: skip
    seconds = time.process_time() - began
    boxes = _boxes(sheet, sheet.texts)
    anchors = [tuple(each) for each in sheet.axes.transData.transform(np.column_stack((x, y)))]
    leaders = [(anchor, _nearest(anchor, box)) for anchor, box in zip(anchors, boxes, strict=True)]
    return Placed(boxes, leaders, seconds)


PLACERS: Final[dict[str, Callable[[Sheet, Task], Placed] | None]] = {
    "genetic": None,
    "textalloc": _textalloc,
    "adjustText": _adjust_text,
}


def _anchors(sheet: Sheet) -> tuple[Any, Any]:
    at = sheet.axes.transData.inverted().transform(sheet.scene.anchors)
    return at[:, 0], at[:, 1]


def _boxes(sheet: Sheet, texts: Sequence[Any]) -> list[tuple[float, float, float, float]]:
    canvas: Any = sheet.figure.canvas
    renderer = canvas.get_renderer()
    extents = [each.get_window_extent(renderer) for each in texts]
    return [(each.x0, each.y0, each.x1, each.y1) for each in extents]


def _lines(sheet: Sheet, first: int) -> list[Segment]:
    found = []
    for line in sheet.axes.lines[first:]:
        a, b = sheet.axes.transData.transform(line.get_xydata())[[0, -1]]
        found.append(((a[0], a[1]), (b[0], b[1])))
    return found


def _judge(row: Row, placed: Placed, sheet: Sheet) -> None:
    row.seconds.append(placed.seconds)
    row.left_out += placed.left_out
    left, bottom, right, top = sheet.scene.box
    for one, two in combinations(placed.boxes, 2):
        wide = min(one[2], two[2]) - max(one[0], two[0])
        high = min(one[3], two[3]) - max(one[1], two[1])
        row.over += wide > 1 and high > 1
    row.cross += sum(_cross(one, two) for one, two in combinations(placed.leaders, 2))
    curve = sheet.scene.curve
    for box in placed.boxes:
        columns = curve[max(int(box[0] - left), 0) : max(int(box[2] - left), 0) + 1]
        row.peak += bool(len(columns)) and float(columns.max()) > box[1] + 1
        row.out += (
            box[0] < left - 1 or box[1] < bottom - 1 or box[2] > right + 1 or box[3] > top + 1
        )
    anchors = [tuple(each) for each in sheet.scene.anchors]
    # textalloc answers in an order of its own: the distance of each peak from the nearest label.
    for anchor in anchors:
        row.pixels.append(
            min(
                float(np.hypot(*np.subtract(_nearest(anchor, box), anchor))) for box in placed.boxes
            )
        )


def _nearest(point: tuple[float, ...], box: tuple[float, ...]) -> tuple[float, float]:
    return min(max(point[0], box[0]), box[2]), min(max(point[1], box[1]), box[3])


def _cross(one: Segment, two: Segment) -> bool:
    def side(a: Any, b: Any, c: Any) -> float:
        return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))

    first = side(*one, two[0]) * side(*one, two[1])
    second = side(*two, one[0]) * side(*two, one[1])
    return first < 0 and second < 0


def _picture(sheet: Sheet, name: str, number: int) -> float:
    path: Path = PICTURES / f"{number + 1:02d}-{name}.png"
    began = time.process_time()
    path.write_bytes(sheet.png())
    return time.process_time() - began

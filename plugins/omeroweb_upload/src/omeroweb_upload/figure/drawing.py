"""The picture: matplotlib's objects without its state for the whole process."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import AutoMinorLocator, MaxNLocator

from omeroweb_upload.figure.genetic import Layout, place
from omeroweb_upload.figure.geometry import Scene, blame, parts
from omeroweb_upload.figure.words import FONT, shown

Values = npt.NDArray[np.float64]

_DPI: Final = 150
_INK, _MUTED, _FILL, _LINE = "#1b2733", "#67737f", "#cfdcec", "#2b5c94"
# Labels get as many rows above the highest peak as they need, within these shares of the axes.
_LEAST_ROOM, _MOST_ROOM, _MORE_ROOM = 0.12, 0.65, 0.18
_SMALL: Final = 8.0
_MOST_LABELS: Final = 60
_MANY_LABELS: Final = 15
_MOST_POINTS: Final = 20_000
_RIGHT_SHARE: Final = 0.998


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A spectrum.

    Attributes:
        x: positions, rising.
        y: values.
        x_name: of the axis, with its unit.
        y_name: likewise.
        title: of the picture.
        note: small text below: how the elements were named.
    """

    x: Values
    y: Values
    x_name: str
    y_name: str
    title: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """A name for a peak.

    Attributes:
        text: such as `Fe Ka`.
        x: where its peak is.
        sure: others are grey and in italics.
    """

    text: str
    x: float
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure.

    Attributes:
        png: the file.
        shown: labels that it shows.
        left_out: labels without room.
    """

    png: bytes
    shown: tuple[Label, ...]
    left_out: tuple[Label, ...]


def draw(
    curve: Curve,
    labels: Sequence[Label],
    *,
    seed: int = 0,
    size: tuple[float, float] = (9.0, 5.2),
    font: float = 9.0,
) -> Picture:
    """Draw a spectrum.

    Args:
        curve: the spectrum.
        labels: of its peaks; those outside the axes are left out without being counted.
        seed: of the placement; the same one gives the same picture.
        size: width and height in inches.
        font: size of the labels in points.
    """
    sheet, layout, out = arranged(curve, labels, seed=seed, size=size, font=font)
    sheet.write(layout.moves, len(out))
    return Picture(sheet.png(), tuple(sheet.labels), tuple(out))


def arranged(
    curve: Curve,
    labels: Sequence[Label],
    *,
    seed: int = 0,
    size: tuple[float, float] = (9.0, 5.2),
    font: float = 9.0,
) -> tuple[Sheet, Layout, list[Label]]:
    """The figure, the places of its labels, and the labels that have none; see `draw`."""
    curve = _thinned(curve)
    limits = _range(curve, labels)
    wanted = _distinct([each for each in labels if limits[0] <= each.x <= limits[1]])
    wanted, out = _highest(curve, wanted)
    room = _MORE_ROOM if len(wanted) > _MANY_LABELS else 0.0
    sheet = Sheet(curve, wanted, limits, size, font, room)
    layout = place(sheet.scene, seed)
    if (layout.faults or layout.flaws) and room == 0.0:
        other = Sheet(curve, wanted, limits, size, font, _MORE_ROOM)
        better = place(other.scene, seed)
        if layout.faults or better.faults + better.flaws < layout.flaws:
            sheet, layout = other, better
    while layout.faults:
        # A layout with a fault is never shown: of the labels in a fault, those of the lowest peaks
        # are left out, and the others may move.
        wrong = blame(sheet.scene, layout.moves) > 0
        order = np.lexsort((sheet.scene.anchors[:, 1], ~wrong))
        gone = order[: 1 + min(layout.faults // 4, len(order) // 6)]
        out += sheet.leave_out(gone.tolist())
        layout = place(sheet.scene, seed, np.delete(layout.moves, gone, axis=0))
    return sheet, layout, out


def _range(curve: Curve, labels: Sequence[Label]) -> tuple[float, float]:
    """From the first channel, or zero, to where next to no counts are left."""
    left = float(curve.x[0])
    if left < 0 < curve.x[-1]:
        left = 0.0
    total = np.cumsum(np.maximum(curve.y, 0))
    end = float(curve.x[-1])
    if total[-1] > 0:
        last = int(np.searchsorted(total, _RIGHT_SHARE * total[-1]))
        end = max(float(curve.x[last]), *(each.x for each in labels), left)
        end = min(left + 1.06 * (end - left), float(curve.x[-1]))
    if end <= left:
        left, end = left - 0.5, left + 0.5
    return left, end


def _thinned(curve: Curve) -> Curve:
    """Of more points than a picture has columns, the highest of each few."""
    few = -(-len(curve.x) // _MOST_POINTS)
    if few == 1:
        return curve
    starts = np.arange(0, len(curve.x), few)
    return replace(curve, x=curve.x[starts], y=np.maximum.reduceat(curve.y, starts))


def _distinct(labels: Sequence[Label]) -> list[Label]:
    """Without a second label of the same text at the same peak, as long names cut short."""
    found: list[Label] = []
    for each in labels:
        one = replace(each, text=shown(each.text, 24))
        if one.text and not any(
            one.text == other.text and abs(one.x - other.x) < 0.05 for other in found
        ):
            found.append(one)
    return found


def _highest(curve: Curve, labels: Sequence[Label]) -> tuple[list[Label], list[Label]]:
    """The labels of the highest peaks, as many as can be read, and the others."""
    heights = np.interp([each.x for each in labels], curve.x, curve.y)
    order = np.argsort(-heights, kind="stable")
    kept = set(order[:_MOST_LABELS].tolist())
    few = [each for at, each in enumerate(labels) if at in kept]
    return few, [each for at, each in enumerate(labels) if at not in kept]


class Sheet:
    """A figure, with its labels measured and not yet placed."""

    def __init__(
        self,
        curve: Curve,
        labels: Sequence[Label],
        x_range: tuple[float, float],
        size: tuple[float, float],
        font: float,
        room: float = 0.0,
    ) -> None:
        self.labels, self.x_range, self.room, self._font = list(labels), x_range, room, font
        self.figure = Figure(figsize=size, dpi=_DPI, facecolor="white")
        self._canvas = FigureCanvasAgg(self.figure)
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self._style(curve, x_range)
        self.texts = [self._text(each) for each in labels]
        self._fit(size)
        renderer = self._canvas.get_renderer()  # type: ignore[no-untyped-call]
        extents = [text.get_window_extent(renderer) for text in self.texts]
        sizes = np.array([(each.width + 2, each.height) for each in extents]).reshape(-1, 2)
        self._limits(curve, sizes, room)
        self.scene = self._scene(curve, sizes)

    def leave_out(self, gone: Collection[int]) -> list[Label]:
        """Take labels away; the axes stay as they are."""
        for number in gone:
            self.texts[number].remove()
        kept = [number for number in range(len(self.labels)) if number not in gone]
        left_out = [self.labels[number] for number in gone]
        self.scene = self.scene.part(kept)
        self.texts, self.labels = [self.texts[at] for at in kept], [self.labels[at] for at in kept]
        return left_out

    def write(self, moves: Values, left_out: int) -> None:
        """Put the labels where they belong, with their leaders."""
        back = self.axes.transData.inverted()
        made = parts(self.scene, moves[None])
        starts = back.transform(np.column_stack((made.x[0], made.y[0])))
        ends = back.transform(np.column_stack((made.end_x[0], made.end_y[0] - 1)))
        places = back.transform(self.scene.anchors + moves)
        for text, spot, start, end in zip(self.texts, places, starts, ends, strict=True):
            text.set_position(spot)
            self.axes.plot(
                [start[0], end[0]], [start[1], end[1]], color=_MUTED, linewidth=0.6, zorder=3
            )
        if left_out:
            self.axes.text(
                0.995,
                0.985,
                f"{left_out} more without room",
                transform=self.axes.transAxes,
                ha="right",
                va="top",
                fontsize=_SMALL - 1,
                color=_MUTED,
            )

    def png(self) -> bytes:
        """The file; without the version of matplotlib, so that it is the same everywhere."""
        content = io.BytesIO()
        self.figure.savefig(content, format="png", metadata={"Software": None})
        return content.getvalue()

    def _text(self, label: Label) -> Any:
        return self.axes.text(
            label.x,
            0,
            label.text,
            fontsize=self._font,
            fontfamily=FONT,
            fontstyle="normal" if label.sure else "italic",
            color=_INK if label.sure else _MUTED,
            ha="center",
            va="bottom",
            parse_math=False,
            zorder=4,
        )

    def _style(self, curve: Curve, x_range: tuple[float, float]) -> None:
        axes = self.axes
        inside = (curve.x >= x_range[0]) & (curve.x <= x_range[1])
        axes.fill_between(curve.x[inside], curve.y[inside], 0, color=_FILL, linewidth=0, zorder=1)
        axes.plot(curve.x[inside], curve.y[inside], color=_LINE, linewidth=0.9, zorder=2)
        axes.set_xlim(*x_range)
        words: dict[str, Any] = {"fontfamily": FONT, "parse_math": False, "color": _INK}
        axes.set_xlabel(shown(curve.x_name), fontsize=_SMALL + 1, **words)
        axes.set_ylabel(shown(curve.y_name), fontsize=_SMALL + 1, **words)
        axes.set_title(shown(curve.title), fontsize=_SMALL + 3, loc="left", pad=8, **words)
        axes.tick_params(labelsize=_SMALL, colors=_MUTED, which="both", width=0.6)
        axes.xaxis.set_major_locator(MaxNLocator(12))
        axes.yaxis.set_major_locator(MaxNLocator(6))
        axes.xaxis.set_minor_locator(AutoMinorLocator())
        axes.ticklabel_format(axis="y", style="plain", useOffset=False)
        if np.max(np.abs(curve.y), initial=0) >= 1e6 or 0 < np.max(np.abs(curve.y)) < 1e-2:
            axes.ticklabel_format(axis="y", style="sci", scilimits=(0, 0))
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(_MUTED)
        if curve.note:
            self.figure.text(
                0.99,
                0.012,
                shown(curve.note, 150),
                ha="right",
                fontsize=_SMALL - 1.5,
                fontfamily=FONT,
                color=_MUTED,
                parse_math=False,
            )

    def _fit(self, size: tuple[float, float]) -> None:
        """Room for the words around the axes, in inches."""
        width, height = size
        left, bottom, right, top = 0.85, 0.72, 0.2, 0.42
        self.axes.set_position(
            (left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height)
        )

    def _limits(self, curve: Curve, sizes: Values, room: float) -> None:
        """The highest peak leaves the labels the room that they need."""
        box = self.axes.get_window_extent()
        rows = 1.6 * float(sizes[:, 0].sum() + 10 * len(sizes)) / box.width
        height = float(sizes[:, 1].max(initial=0.0))
        share = (rows * (height + 6) + height + 20) / box.height + room
        share = float(np.clip(share, _LEAST_ROOM, _MOST_ROOM))
        low, high = float(min(np.min(curve.y), 0)), float(max(np.max(curve.y), 0))
        if high == low:
            high = low + 1
        self.axes.set_ylim(low, low + (high - low) / (1 - (share if len(sizes) else 0.06)))

    def _scene(self, curve: Curve, sizes: Values) -> Scene:
        """Peaks and curve in pixels; the curve is as high in a column as its highest channel."""
        box = self.axes.get_window_extent()
        pixels = self.axes.transData.transform(np.column_stack((curve.x, curve.y)))
        columns = np.arange(int(np.ceil(box.width)) + 1) + box.x0
        heights = np.interp(columns, pixels[:, 0], pixels[:, 1])
        at = np.clip(np.rint(pixels[:, 0] - box.x0), 0, len(columns) - 1).astype(np.intp)
        inside = (pixels[:, 0] >= box.x0) & (pixels[:, 0] <= box.x1)
        np.maximum.at(heights, at[inside], pixels[inside, 1])
        anchors = np.zeros((len(self.labels), 2))
        for number, label in enumerate(self.labels):
            x = float(self.axes.transData.transform((label.x, 0))[0])
            middle = int(np.clip(round(x - box.x0), 0, len(columns) - 1))
            near = slice(max(middle - 4, 0), middle + 5)
            anchors[number] = x, float(heights[near].max())
        return Scene(anchors, sizes, (box.x0, box.y0, box.x1, box.y1), heights)

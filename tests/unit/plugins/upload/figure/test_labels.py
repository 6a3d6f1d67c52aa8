"""Where labels are put. What must hold is measured here without the algorithm's own geometry."""

from __future__ import annotations

import io
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.image import imread

from omeroweb_upload.figure import Curve, Label, draw
from omeroweb_upload.figure.drawing import Sheet
from omeroweb_upload.figure.genetic import Layout, place
from omeroweb_upload.figure.geometry import Scene, parts


def crowded(number: int, seed: int, sigma: float = 0.05) -> tuple[Curve, list[Label]]:
    """A spectrum with peaks anywhere between 0.3 and 9 keV, and a label for each."""
    chance = np.random.default_rng(seed)
    at = np.sort(chance.uniform(0.3, 9, number))
    kev = np.arange(0, 10, 0.01)
    counts = 200 * np.exp(-kev / 4)
    for energy, height in zip(at, 10 ** chance.uniform(2, 4, number), strict=True):
        counts += height * np.exp(-0.5 * ((kev - energy) / sigma) ** 2)
    names = chance.choice(["Fe Kα", "Mo Lβ1", "Si Kα", "O Kα", "Pb Mζ"], number)
    labels = [Label(str(name), float(energy)) for name, energy in zip(names, at, strict=True)]
    return Curve(kev, counts, "Energy (keV)", "Counts"), labels


def placed(
    number: int, seed: int, size: tuple[float, float] = (9, 5.2), font: float = 9
) -> tuple[Scene, Layout]:
    curve, labels = crowded(number, seed)
    sheet = Sheet(curve, labels, (0, 10), size, font)
    return sheet.scene, place(sheet.scene, seed=1)


def _crossing(one: Any, two: Any) -> bool:
    """Whether two segments have a point of both in their inside."""
    (a, b), (c, d) = one, two
    matrix = np.array([b - a, c - d]).T
    if abs(np.linalg.det(matrix)) < 1e-9:
        return False
    s, t = np.linalg.solve(matrix, c - a)
    return bool(0 < s < 1 and 0 < t < 1)


def faults_of(scene: Scene, layout: Layout) -> list[str]:
    """What is wrong, in words."""
    made = parts(scene, layout.moves[None])
    boxes = np.stack((made.left, made.bottom, made.right, made.top), axis=-1)[0]
    starts = np.stack((made.x, made.y), axis=-1)[0]
    ends = np.stack((made.end_x, made.end_y), axis=-1)[0]
    found = []
    left, bottom, right, top = scene.box
    for box in boxes:
        if box[0] < left or box[1] < bottom or box[2] > right or box[3] > top:
            found.append("outside the axes")
        columns = range(int(max(box[0] - left, 0)), int(min(box[2] - left, len(scene.curve) - 1)))
        if any(scene.curve[column] > box[1] for column in columns):
            found.append("over a peak")
    for one, two in combinations(range(len(boxes)), 2):
        a, b = boxes[one], boxes[two]
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]:
            found.append("over another label")
        if _crossing((starts[one], ends[one]), (starts[two], ends[two])):
            found.append("leaders cross")
    return found


def seeds(first: int, more: int) -> list[Any]:
    """The first ones in every run, and the others at night."""
    at_night = [pytest.param(each, marks=pytest.mark.nightly) for each in range(first, more)]
    return [*range(first), *at_night]


@pytest.mark.parametrize("seed", seeds(2, 8))
@pytest.mark.parametrize("number", [1, 2, 10, 18])
def test_nothing_is_over_anything(number: int, seed: int) -> None:
    scene, layout = placed(number, seed)
    assert layout.faults == 0
    assert faults_of(scene, layout) == []


@pytest.mark.parametrize("seed", seeds(1, 6))
def test_what_it_says_of_faults_is_true(seed: int) -> None:
    """Forty labels in a small figure: where it says that there is none, there is none."""
    scene, layout = placed(40, seed, (6, 4), 11)
    assert (layout.faults == 0) <= (faults_of(scene, layout) == [])


@pytest.mark.nightly
@given(st.integers(1, 25), st.integers(0, 10_000))
def test_a_layout_without_faults_has_none(number: int, seed: int) -> None:
    scene, layout = placed(number, seed)
    if not layout.faults:
        assert faults_of(scene, layout) == []


def test_the_same_seed_gives_the_same_picture() -> None:
    curve, labels = crowded(14, 2)
    assert draw(curve, labels).png == draw(curve, labels).png


def test_a_single_label_is_right_above_its_peak() -> None:
    """One gene has no place to cross over at."""
    scene, layout = placed(1, 5)
    made = parts(scene, layout.moves[None])
    assert made.left[0, 0] <= scene.anchors[0, 0] <= made.right[0, 0]
    assert 0 < layout.moves[0, 1] < 30


def test_no_label_at_all() -> None:
    curve, _ = crowded(3, 1)
    picture = draw(curve, [])
    assert picture.shown == ()
    assert picture.left_out == ()
    assert imread(io.BytesIO(picture.png)).shape == (780, 1350, 4)


def test_labels_without_room_are_left_out_and_counted() -> None:
    curve, labels = crowded(40, 3)
    picture = draw(curve, labels, size=(3, 2.4), font=14)
    assert len(picture.shown) + len(picture.left_out) == 40
    assert 0 < len(picture.left_out) < 40


def test_labels_outside_the_axes_are_not_shown() -> None:
    curve, _ = crowded(3, 1)
    picture = draw(curve, [Label("Be Kα", -1.0), Label("O Kα", 0.5)])
    assert [each.text for each in picture.shown] == ["O Kα"]


def test_a_peak_named_twice_has_one_label() -> None:
    curve, _ = crowded(3, 1)
    picture = draw(curve, [Label("Fe", 6.40), Label("Fe", 6.404), Label("Fe", 7.06)])
    assert [each.x for each in picture.shown] == [6.40, 7.06]


@pytest.mark.parametrize(
    "title",
    [
        "$\\frac{1}{0}$ $ unbalanced",
        "two\nlines\tand\x00a NUL\x07",
        "試料 образец 样品 🧪",
        "\u202egnp.exe",
        "x" * 5000,
        "",
    ],
)
def test_any_title_can_be_drawn(title: str) -> None:
    curve, labels = crowded(2, 1)
    strange = Curve(curve.x, curve.y, title, title, title, title)
    assert draw(strange, [Label(title, 1.0), *labels]).png.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([0.0], [5.0]),
        ([1.0, 2.0], [0.0, 0.0]),
        ([0.0, 1.0, 2.0], [-5.0, -7.0, -5.0]),
        ([0.0, 1.0, 2.0], [1e12, 3e12, 1e11]),
        ([0.0, 1.0, 2.0], [1e-9, 3e-9, 1e-10]),
        ([500.0, 510.0, 520.0], [4.0, 9.0, 2.0]),
    ],
)
def test_any_curve_can_be_drawn(x: list[float], y: list[float]) -> None:
    curve = Curve(np.array(x), np.array(y), "x", "y")
    assert draw(curve, [Label("a", x[0]), Label("b", x[-1])]).png.startswith(b"\x89PNG")


def test_a_million_points() -> None:
    x = np.linspace(0, 10, 1_000_000)
    y = np.random.default_rng(1).normal(9, 3, len(x))
    picture = draw(Curve(x, y, "x", "y"), [])
    assert picture.png.startswith(b"\x89PNG")


def test_four_spectra_at_once() -> None:
    """Nothing is shared between threads."""
    from concurrent.futures import ThreadPoolExecutor

    curve, labels = crowded(6, 4)
    alone = draw(curve, labels).png
    with ThreadPoolExecutor(4) as pool:
        pictures = list(pool.map(lambda _: draw(curve, labels).png, range(4)))
    assert set(pictures) == {alone}

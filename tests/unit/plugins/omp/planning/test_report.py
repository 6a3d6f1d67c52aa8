"""Reports of jobs that took several attempts."""

from __future__ import annotations

import pytest

from omeroweb_omp_plugin.planning.report import Line, added_up

WRITTEN = Line(1, "a.tif", "written", pairs=3)
REPLACED = Line(1, "a.tif", "replaced", pairs=3, removed=2)
UNCHANGED = Line(1, "a.tif", "unchanged")
REMOVED = Line(1, "a.tif", "removed", removed=2)
REFUSED = Line(1, "a.tif", "error", message="not yours")


@pytest.mark.parametrize(
    ("before", "now", "together"),
    [
        (WRITTEN, UNCHANGED, WRITTEN),
        (REPLACED, UNCHANGED, REPLACED),
        # The new set was written and one of two old ones taken away when the worker died.
        (REPLACED, Line(1, "a.tif", "removed", removed=1), REPLACED),
        (REMOVED, UNCHANGED, REMOVED),
        (
            Line(1, "a.tif", "restored", pairs=10),
            Line(1, "a.tif", "restored", pairs=4),
            Line(1, "a.tif", "restored", pairs=10),
        ),
        (
            Line(1, "a.tif", "replaced", pairs=3, removed=1),
            Line(1, "a.tif", "removed", removed=2, message="one stays"),
            Line(1, "a.tif", "replaced", pairs=3, removed=2, message="one stays"),
        ),
        # It died before it did anything.
        (WRITTEN, WRITTEN, WRITTEN),
        (UNCHANGED, WRITTEN, WRITTEN),
        (UNCHANGED, UNCHANGED, UNCHANGED),
        # Only what happened counts, not what was planned.
        (WRITTEN, REFUSED, REFUSED),
        (REFUSED, UNCHANGED, UNCHANGED),
    ],
)
def test_a_report_adds_up_over_attempts(before: Line, now: Line, together: Line) -> None:
    assert added_up({1: before}, [now]) == [together]
    assert added_up({}, [now]) == [now]

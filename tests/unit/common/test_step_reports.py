"""Reports of jobs: over several attempts, and as CSV that a spreadsheet can open."""

from __future__ import annotations

import csv
import io

import pytest

from omero_plugin_common.steps.report import Line, as_begun, as_csv, over_all_attempts

WRITTEN = Line(1, "a.tif", "written", added=3)
REPLACED = Line(1, "a.tif", "replaced", added=3, removed=2)
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
            Line(1, "a.tif", "restored", added=10),
            Line(1, "a.tif", "restored", added=4),
            Line(1, "a.tif", "restored", added=10),
        ),
        (
            Line(1, "a.tif", "replaced", added=3, removed=1),
            Line(1, "a.tif", "removed", removed=2, message="one stays"),
            Line(1, "a.tif", "replaced", added=3, removed=2, message="one stays"),
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
    assert over_all_attempts({1: before}, [now]) == [together]
    assert over_all_attempts({}, [now]) == [now]


def test_a_step_whose_end_was_not_stored_is_said_to_have_begun() -> None:
    begun = as_begun(WRITTEN)
    assert (begun.outcome, begun.added) == ("begun", 3)
    assert begun.message == "Begun, but its end is not known: look at it"
    assert as_begun(UNCHANGED) == UNCHANGED
    # What the plan says of the object stands before it.
    cut = as_begun(Line(1, "a.tif", "replaced", message="a value was cut"))
    assert cut.message == f"a value was cut {begun.message}"


def test_a_report_has_the_columns_of_its_kind() -> None:
    columns = ("image_id", "image_name", "outcome", "pairs_written", "sets_removed", "message")
    lines = [Line(7, "a", "replaced", 3, 2), Line(8, "b", "error", message="not yours")]
    assert list(as_csv(columns, lines)) == [
        "image_id,image_name,outcome,pairs_written,sets_removed,message\r\n",
        "7,a,replaced,3,2,\r\n",
        "8,b,error,0,0,not yours\r\n",
    ]


def test_a_job_over_several_kinds_says_of_which_a_line_is() -> None:
    columns = ("id", "name", "outcome", "pairs_written", "sets_removed", "message", "kind")
    lines = [Line(7, "B3", "written", 2, kind="Well"), Line(7, "a", "unchanged")]
    assert list(as_csv(columns, lines))[1:] == [
        "7,B3,written,2,0,,Well\r\n",
        "7,a,unchanged,0,0,,Image\r\n",
    ]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-60.0", "@x", "\tx", "\rx", "\nx", "'x"])
def test_a_spreadsheet_runs_no_name(name: str) -> None:
    text = "".join(as_csv(("id",), [Line(7, name, "error", message=name)]))
    [_, row] = csv.reader(io.StringIO(text, newline=""))
    assert row == ["7", f"'{name}", "error", "0", "0", f"'{name}"]

"""What is stored for undoing a job, over several attempts at a step."""

from __future__ import annotations

import pytest

from omero_plugin_common.steps.undo import (
    REFUSED,
    UNKNOWN,
    Change,
    over_all_attempts,
    with_ids,
)

A, B = ["a", [["k", "v"]]], ["b", []]


@pytest.mark.parametrize(
    ("before", "now", "together"),
    [
        (None, Change(1, [A], [B]), Change(1, [A], [B], [UNKNOWN])),
        # It died before it wrote anything, or after all was written, or in between.
        (Change(1, [A], [B], [0]), Change(1, [A], [B]), Change(1, [A], [B], [0])),
        (Change(1, [A], [B], [5]), Change(1), Change(1, [A], [B], [5])),
        (Change(1, [A, A], [], [5, 0]), Change(1, [A]), Change(1, [A, A], [], [5, 0])),
        (Change(1, [A, B], [B, A], [5, 0]), Change(1, [B], [A]), Change(1, [A, B], [B, A], [5, 0])),
        # The object was changed by somebody else in the meantime.
        (Change(1, [A], [B], [0]), Change(1, [B], [A]), Change(1, [A, B], [B, A], [0, 0])),
        (Change(1, [A], [], [5]), Change(1, [A, A]), Change(1, [A, A], [], [5, 0])),
    ],
)
def test_all_attempts_are_undone(before: Change | None, now: Change, together: Change) -> None:
    assert over_all_attempts(before, now) == together


def test_ids_go_to_what_has_none_yet() -> None:
    planned = Change(1, [A, B, A], [], [5, UNKNOWN, UNKNOWN])
    assert with_ids(planned, [(A, 8), (B, REFUSED)]).ids == [5, REFUSED, 8]
    assert with_ids(with_ids(planned, [(B, REFUSED)]), [(B, 9)]).ids == [5, 9, UNKNOWN]
    assert with_ids(planned, [(["c", []], 9)]).ids == [5, UNKNOWN, UNKNOWN]

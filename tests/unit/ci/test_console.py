from __future__ import annotations

import pytest

from omero_ci.console import duration, run_main, step
from tools.common.errors import CommandError


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.04, "0.0 s"), (9.9, "9.9 s"), (9.96, "10 s"), (119.4, "119 s"), (125, "2 min 05 s")],
)
def test_duration_is_short_and_readable(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_step_says_how_it_went(capsys: pytest.CaptureFixture[str]) -> None:
    with step("first"):
        pass
    with pytest.raises(CommandError), step("second"):
        raise CommandError("no")
    lines = capsys.readouterr().out.splitlines()
    assert "first: done in" in lines[1]
    assert "second: FAILED after" in lines[3]


def test_refusal_is_one_message_and_an_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(_: list[str]) -> int:
        raise CommandError("disk full: free 3 GB")

    with pytest.raises(SystemExit) as exit_:
        run_main(refuse)
    assert exit_.value.code == 1
    assert capsys.readouterr().err == "\ndisk full: free 3 GB\n"

"""Checks run side by side; none waits for another, and none shows a secret."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from omero_plugin_common.env_utils import get_env
from omero_plugin_common.errors import Unavailable
from omeroweb_admin_tools.doctor.model import Check, Found, ok, totals
from omeroweb_admin_tools.doctor.run import run


def check(name: str, look: Callable[[], Found], seconds: float = 30) -> Check:
    return Check(name, f"{name} works", seconds, look)


def raising(error: Exception) -> Callable[[], Found]:
    def look() -> Found:
        raise error

    return look


def test_each_result_comes_when_its_check_has_ended() -> None:
    released = threading.Event()

    def waits() -> Found:
        released.wait(30)
        return ok("late")

    results = run([check("slow", waits), check("quick", lambda: ok("early"))])
    # The slow one waits for us, so all of them have to run at the same time.
    assert next(results).check.name == "quick"
    released.set()
    assert [each.found.words for each in results] == ["late"]


def test_a_check_that_hangs_has_failed_and_holds_nothing_up() -> None:
    released = threading.Event()

    def hangs() -> Found:
        released.wait(30)
        return ok("too late")

    checks = [check("hangs", hangs, 0.2), check("also", hangs, 0.3), check("fine", lambda: ok("x"))]
    results = {each.check.name: each for each in run(checks)}
    released.set()
    assert list(results) == ["fine", "hangs", "also"]
    assert results["hangs"].found.words == "There was no result within 0.2 s"
    assert results["also"].found.words == "There was no result within 0.3 s"
    assert totals(list(results.values())) == {"failed": 2, "warning": 0, "ok": 1, "skipped": 0}


def test_errors_are_failures_of_one_check() -> None:
    def unset() -> Found:
        return ok(get_env("OMERO_HOST", source={}))

    checks = [
        check("ours", raising(Unavailable("OMERO.server does not answer"))),
        check("setting", unset),
        check("theirs", raising(KeyError("pass=hunter22"))),
    ]
    results = {each.check.name: each.found for each in run(checks)}
    assert {str(each.outcome) for each in results.values()} == {"failed"}
    assert results["ours"].words == "OMERO.server does not answer"
    assert results["setting"].words == "OMERO_HOST is not set: it comes from spec.server"
    # What a library says may have what was sent.
    assert results["theirs"].words == "The check broke: KeyError"


@pytest.mark.parametrize("shown", ["s3cr/t w", "s3cr%2Ft%20w"])
def test_no_secret_is_in_a_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown: str
) -> None:
    (tmp_path / "password").write_text("s3cr/t w\n")
    monkeypatch.setenv("REDIS_PASSWORD_FILE", str(tmp_path / "password"))
    session = "0f5a3b1c-0f5a-0f5a-0f5a-0f5a3b1c0f5a"
    words = f"redis://:{shown}@host refused\n{session}"
    (result,) = run([check("redis", raising(Unavailable(words)))])
    assert result.found.words == "redis://:…@host refused 0f5a3b1c-…"
    assert "s3cr" not in str(result.as_json())


def test_words_have_an_end() -> None:
    (result,) = run([check("long", lambda: ok("x" * 100_000))])
    assert len(result.found.words) == 1000


def test_nothing_to_run() -> None:
    assert list(run([])) == []

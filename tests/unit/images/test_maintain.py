"""The maintenance script, the real one, with programs that only write down how they were called."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "images" / "postgres-maintenance" / "maintain"
CALLS = """#!/bin/sh
echo "$(basename "$0") $*" >>"$CALLS"
if [ -n "${PGPASSFILE:-}" ]; then
    { stat -c 'mode of passwords: %a' "$PGPASSFILE"; cat "$PGPASSFILE"; } >>"$CALLS"
fi
case $(basename "$0") in
    sleep | psql) exit 0 ;;
    # The server comes up at the attempt that the test says.
    pg_isready) [ "$(grep -c '^pg_isready' "$CALLS")" -ge "${READY_AT:-1}" ]; exit ;;
esac
case " $* " in *" -d ${BROKEN:-none} "*) echo "server said no" >&2; exit 1 ;; esac
"""


class Run:
    """One run of the script and what it called."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        """Run it in a folder of the test."""
        programs = folder / "bin"
        programs.mkdir()
        for name in ("vacuumdb", "reindexdb", "pg_isready", "psql", "sleep"):
            (programs / name).write_text(CALLS)
            (programs / name).chmod(0o755)
        (folder / "omero").write_text("first:hush\\hush\n")
        (folder / "plugin").write_text("second")
        variables = {
            "PATH": f"{programs}:/usr/bin:/bin",
            "CALLS": str(folder / "calls"),
            "TERMINATION_LOG": str(folder / "termination-log"),
            "OMERO_DB_HOST": "omero-db",
            "OMERO_DB_NAME": "omero",
            "OMERO_DB_USER": "omero",
            "OMERO_DB_PASSWORD_FILE": str(folder / "omero"),
            "PLUGIN_DB_HOST": "plugin-db",
            "PLUGIN_DB_PORT": "5433",
            "PLUGIN_DB_NAME": "omero-plugin",
            "PLUGIN_DB_USER": "omero-plugin",
            "PLUGIN_DB_PASSWORD_FILE": str(folder / "plugin"),
            **environment,
        }
        (folder / "termination-log").touch()
        done = subprocess.run(
            [SCRIPT, *arguments], env=variables, capture_output=True, text=True, check=False
        )
        self.code, self.output = done.returncode, done.stdout + done.stderr
        self.message = json.loads((folder / "termination-log").read_text() or "{}")
        calls = folder / "calls"
        self.calls = calls.read_text() if calls.exists() else ""


def test_vacuum_analyses_both_databases(tmp_path: Path) -> None:
    run = Run(tmp_path, "vacuum")
    assert run.code == 0, run.output
    assert "vacuumdb --analyze --no-password -h omero-db -p 5432 -U omero -d omero" in run.calls
    assert "-h plugin-db -p 5433 -U omero-plugin -d omero-plugin" in run.calls


def test_reindex_locks_nobody_out(tmp_path: Path) -> None:
    run = Run(tmp_path, "reindex")
    assert run.code == 0, run.output
    assert run.calls.count("reindexdb --concurrently") == 2


def test_passwords_go_through_a_file_and_are_escaped(tmp_path: Path) -> None:
    run = Run(tmp_path, "vacuum")
    assert r"omero-db:5432:*:omero:first\:hush\\hush" in run.calls.splitlines()
    assert not any("hush" in line for line in run.calls.splitlines() if line.startswith("vacuumdb"))
    assert "hush" not in run.output


def test_libpq_takes_the_file_of_passwords(tmp_path: Path) -> None:
    """It ignores one that others may read."""
    run = Run(tmp_path, "reindex")
    modes = {line for line in run.calls.splitlines() if line.startswith("mode of passwords")}
    assert modes == {"mode of passwords: 600"}


def test_one_failure_does_not_keep_the_other_database_waiting(tmp_path: Path) -> None:
    run = Run(tmp_path, "vacuum", BROKEN="omero")
    assert run.code == 1
    assert "server said no" in run.output
    assert "vacuum failed for: OMERO_DB" in run.output
    assert run.message == {
        "action": "vacuum",
        "result": "failed",
        "message": "vacuum failed for: OMERO_DB",
        "databases": [
            {
                "name": "omero",
                "result": "failed",
                "error": "vacuum failed with exit code 1: server said no",
            },
            {"name": "omero-plugin", "result": "succeeded"},
        ],
    }
    assert "PLUGIN_DB: database omero-plugin on plugin-db:5433: vacuum done" in run.output


def test_a_database_that_never_answers_is_named(tmp_path: Path) -> None:
    """Asked at once, then every 2 seconds until the time is over."""
    run = Run(tmp_path, "vacuum", READY_SECONDS="10", READY_AT="1000")
    assert run.code == 1
    assert "database omero on omero-db:5432: not ready after 10 s" in run.output
    assert run.message["databases"][0]["error"] == "not ready after 10 s"
    assert run.calls.count("pg_isready -q -t 3 -h omero-db -p 5432 -d omero -U omero\n") == 6
    assert run.calls.count("sleep 2\n") == 10
    assert "vacuumdb" not in run.calls


def test_a_database_that_comes_up_late_is_waited_for(tmp_path: Path) -> None:
    run = Run(tmp_path, "vacuum", READY_AT="4")
    assert run.code == 0, run.output
    assert run.calls.count("sleep 2\n") == 3
    assert run.calls.count("vacuumdb --analyze") == 2


@pytest.mark.parametrize("missing", ["OMERO_DB_HOST", "PLUGIN_DB_PASSWORD_FILE"])
def test_a_missing_setting_is_named(tmp_path: Path, missing: str) -> None:
    run = Run(tmp_path, "vacuum", **{missing: ""})
    assert run.code == 1
    assert f"{missing} is not set" in run.output


@pytest.mark.parametrize(
    ("today", "runs"),
    [
        ("2026-11-01", True),
        ("2026-11-07", True),
        ("2026-11-08", False),
        ("2026-11-30", False),
        ("2024-02-29", False),
        ("2026-03-01", True),
    ],
)
def test_the_first_week_is_the_first_seven_days(tmp_path: Path, today: str, runs: bool) -> None:
    run = Run(tmp_path, "reindex", "--first-week-only", "--today", today)
    assert run.code == 0, run.output
    assert bool(run.calls) is runs
    assert run.message["result"] == ("succeeded" if runs else "skipped")
    if not runs:
        words = f"{today} (time zone UTC) is not in the first week"
        assert words in run.output and words in run.message["message"]
        assert run.message["databases"] == []


def test_today_is_the_day_in_the_time_zone(tmp_path: Path) -> None:
    """The two zones are 25 hours apart, so at any moment they have different days."""
    days = {}
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        shown = subprocess.run(
            ["/bin/date", "+%d"], env={"TZ": zone}, capture_output=True, text=True, check=True
        )
        folder = tmp_path / zone.rpartition("/")[2]
        folder.mkdir()
        run = Run(folder, "reindex", "--first-week-only", TZ=zone)
        days[zone] = shown.stdout.strip()
        assert run.code == 0, run.output
        assert bool(run.calls) is (int(days[zone]) <= 7), f"{zone}: day {days[zone]}"
    assert len(set(days.values())) == 2, f"{days} at {datetime.now(UTC)}"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("cluster",),
        ("vacuum", "reindex"),
        ("vacuum", "--today"),
        ("reindex", "--first-week-only", "--today", "7.11.2026"),
    ],
)
def test_wrong_use_is_exit_code_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    run = Run(tmp_path, *arguments)
    assert run.code == 2
    assert not run.calls
    assert run.message["result"] == "failed"
    assert "usage: maintain" in run.output or "not a date" in run.output


def test_the_script_leaves_no_password_behind(tmp_path: Path) -> None:
    work = tmp_path / "tmp"
    work.mkdir()
    run = Run(tmp_path, "vacuum", TMPDIR=str(work))
    assert run.code == 0, run.output
    assert list(work.iterdir()) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_stopped_script_leaves_no_password_behind(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    """The node is drained while a database is not there."""
    work, programs = tmp_path / "tmp", tmp_path / "bin"
    for folder in (work, programs):
        folder.mkdir()
    for name, text in {"pg_isready": "exit 1", "sleep": "exec /bin/sleep 0.1"}.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    (tmp_path / "omero").write_text("hush")
    log = tmp_path / "termination-log"
    log.touch()
    process = subprocess.Popen(
        [SCRIPT, "vacuum"],
        env={
            "PATH": f"{programs}:/usr/bin:/bin",
            "TMPDIR": str(work),
            "TERMINATION_LOG": str(log),
            "OMERO_DB_HOST": "omero-db",
            "OMERO_DB_NAME": "omero",
            "OMERO_DB_USER": "omero",
            "OMERO_DB_PASSWORD_FILE": str(tmp_path / "omero"),
        },
        stderr=subprocess.DEVNULL,
    )
    while not any(work.rglob("pass")):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    assert process.wait(10) == code
    assert list(work.iterdir()) == []
    assert f"stopped by {number.name}" in json.loads(log.read_text())["message"]


def test_without_a_termination_log_it_works(tmp_path: Path) -> None:
    """As started by hand with another container tool."""
    run = Run(tmp_path, "vacuum", TERMINATION_LOG=str(tmp_path / "none" / "log"))
    assert run.code == 0, run.output

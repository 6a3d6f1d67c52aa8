"""The maintenance script, the real one, with programs that only write down how they were called."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "images" / "postgres-maintenance" / "maintain"
CALLS = """#!/bin/sh
echo "$(basename "$0") $*" >>"$CALLS"
[ -z "${PGPASSFILE:-}" ] || cat "$PGPASSFILE" >>"$CALLS"
[ "$(basename "$0")" != pg_isready ] || exit 0
case " $* " in *" -d ${BROKEN:-none} "*) echo "server said no" >&2; exit 1 ;; esac
"""


class Run:
    """One run of the script and what it called."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        """Run it in a folder of the test."""
        programs = folder / "bin"
        programs.mkdir()
        for name in ("vacuumdb", "reindexdb", "pg_isready"):
            (programs / name).write_text(CALLS)
            (programs / name).chmod(0o755)
        (folder / "omero").write_text("first:hush\\hush\n")
        (folder / "plugin").write_text("second")
        variables = {
            "PATH": f"{programs}:/usr/bin:/bin",
            "CALLS": str(folder / "calls"),
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
        done = subprocess.run(
            [SCRIPT, *arguments], env=variables, capture_output=True, text=True, check=False
        )
        self.code, self.output = done.returncode, done.stdout + done.stderr
        calls = folder / "calls"
        self.calls = calls.read_text() if calls.exists() else ""


def test_vacuum_analyses_both_databases(tmp_path: Path) -> None:
    run = Run(tmp_path, "vacuum")
    assert run.code == 0, run.output
    assert (
        "vacuumdb --analyze --no-password --echo -h omero-db -p 5432 -U omero -d omero" in run.calls
    )
    assert "-h plugin-db -p 5433 -U omero-plugin -d omero-plugin" in run.calls


def test_reindex_locks_nobody_out(tmp_path: Path) -> None:
    run = Run(tmp_path, "reindex")
    assert run.code == 0, run.output
    assert run.calls.count("reindexdb --concurrently") == 2


def test_passwords_go_through_a_file_and_are_escaped(tmp_path: Path) -> None:
    run = Run(tmp_path, "vacuum")
    assert r"omero-db:5432:*:omero:first\:hush\\hush" in run.calls
    assert not any("hush" in line for line in run.calls.splitlines() if line.startswith("vacuumdb"))
    assert "hush" not in run.output


def test_one_failure_does_not_keep_the_other_database_waiting(tmp_path: Path) -> None:
    run = Run(tmp_path, "vacuum", BROKEN="omero")
    assert run.code == 1
    assert "server said no" in run.output
    assert "vacuum failed for: OMERO_DB" in run.output
    assert "PLUGIN_DB: database omero-plugin on plugin-db:5433: vacuum done" in run.output


def test_a_database_that_never_answers_is_named(tmp_path: Path) -> None:
    programs = tmp_path / "slow"
    programs.mkdir()
    (programs / "pg_isready").write_text("#!/bin/sh\nexit 2\n")
    (programs / "pg_isready").chmod(0o755)
    path = f"{programs}:{tmp_path / 'bin'}:/usr/bin:/bin"
    run = Run(tmp_path, "vacuum", READY_SECONDS="0", PATH=path)
    assert run.code == 1
    assert "database omero on omero-db:5432: not ready after 0 s" in run.output


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
    if not runs:
        assert f"{today} (time zone UTC) is not in the first week" in run.output


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
    assert "usage: maintain" in run.output or "not a date" in run.output


def test_the_script_leaves_no_password_behind(tmp_path: Path) -> None:
    work = tmp_path / "tmp"
    work.mkdir()
    run = Run(tmp_path, "vacuum", TMPDIR=str(work))
    assert run.code == 0, run.output
    assert list(work.iterdir()) == []

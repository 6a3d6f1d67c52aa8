"""OMERO's command line as an importer: against a double of it, and against the stand-in's."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import microscope_files as made
from import_command import ImportCommand, import_command
from omero_plugin_common.jobs import JobCancelled
from omero_standin.import_client.install import install
from omeroweb_upload.bio_formats.installed import JAR
from omeroweb_upload.import_drivers import (
    Imported,
    NotImported,
    Options,
    StagedFile,
    UnitToImport,
)
from omeroweb_upload.import_drivers.command_line import CommandLineImport, Login, groups
from omeroweb_upload.import_drivers.java import Java
from omeroweb_upload.planning.settings import JobSettings
from omeroweb_upload.services import change_upload
from omeroweb_upload.transfer.staging import Staging
from upload_lab import UploadLab, sha1

pytestmark = pytest.mark.plugins
Found = Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]


class Watched:
    """Counts bytes; cancels when it is told to."""

    def __init__(self) -> None:
        self.bytes, self.cancelled, self.checks = 0, False, 0

    def sent(self, count: int) -> None:
        self.bytes += count

    def check(self) -> None:
        self.checks += 1
        if self.cancelled:
            raise JobCancelled


class There:
    """What OMERO has: nothing before the command, this after it."""

    def __init__(self, after: Found, before: Found | None = None) -> None:
        self.answers = [before or {}, after]

    def __call__(self, paths: Sequence[str]) -> Found:
        return self.answers.pop(0) if self.answers else {}


@pytest.fixture
def command(tmp_path: Path) -> ImportCommand:
    return import_command(tmp_path / "client")


class Sessions:
    """Made and closed."""

    def __init__(self) -> None:
        self.open, self.made = 0, 0

    @contextmanager
    def __call__(self) -> Iterator[Login]:
        self.open, self.made = self.open + 1, self.made + 1
        yield Login("omero.example", 4064, f"session-{self.made}")
        self.open -= 1


def unit(folder: Path, number: int, name: str = "", **more: int) -> UnitToImport:
    path = folder / (name or f"cell {number}.tif")
    path.write_bytes(b"x" * 10)
    client = str(path).lstrip("/")
    return UnitToImport(number, (StagedFile(path.name, path, client),), "", more.get("target"))


def driver(
    command: ImportCommand, there: There, *, batch: int = 10, seconds: float = 30, **more: bool
) -> CommandLineImport:
    java = Java(command.jars, 256, seconds, command.program)
    return CommandLineImport(java, Sessions(), there, Options(), batch, **more)


def test_success_is_what_omero_has_not_what_the_command_says(
    command: ImportCommand, tmp_path: Path
) -> None:
    units = [unit(tmp_path, number) for number in range(3)]
    first, _, third = (each.files[0].client_path for each in units)
    command.tell(
        "---\n- Fileset: 7\n  Image: [70]\n- Fileset: 8\n  Image: [80]\n",
        f"{units[1].files[0].staged}: loci.formats.FormatException: no planes\n\tat loci.X\n",
        code=0,
    )
    there = There({first: ((70,), ()), third: ((), ())})
    watch = Watched()
    one, two, three = driver(command, there).import_units(units, watch)
    assert one == Imported(0, (70,), ())
    assert two == NotImported(1, "OMERO did not import it: loci.formats.FormatException: no planes")
    assert isinstance(three, NotImported)
    assert "ended with code 0 without it" in three.reason
    assert watch.bytes == 10


def test_what_was_there_before_is_no_success(command: ImportCommand, tmp_path: Path) -> None:
    one = unit(tmp_path, 0)
    old: Found = {one.files[0].client_path: ((5,), ())}
    [answer] = driver(command, There(old, before=old)).import_units([one], Watched())
    assert isinstance(answer, NotImported)


@pytest.mark.parametrize("code", [1, 2, 3, 125])
def test_a_failed_command_that_imported_is_a_success(
    command: ImportCommand, tmp_path: Path, code: int
) -> None:
    one = unit(tmp_path, 0)
    command.tell("", "Clean-up failed", code=code)
    there = There({one.files[0].client_path: ((5,), (6,))})
    assert list(driver(command, there).import_units([one], Watched())) == [Imported(0, (5,), (6,))]


def test_arguments(command: ImportCommand, tmp_path: Path) -> None:
    names = ["-f.tif", "zelle # 1: a.tif", "line\nbreak.tif", "q\"uote'.tif", "細胞.tif"]
    units = [unit(tmp_path, number, name, target=4) for number, name in enumerate(names)]
    sessions = Sessions()
    java = Java(command.jars, 300, 30, command.program)
    options = Options(thumbnails=False, statistics=False)
    there = There({})
    list(CommandLineImport(java, sessions, there, options, 9).import_units(units, Watched()))
    [call] = command.calls()
    # Everybody on the machine can read what a command was started with.
    assert [each[:1] for each in call["command"]] == ["@"]
    arguments = call["arguments"]
    assert "-Xmx300m" in arguments
    at = arguments.index("ome.formats.importer.cli.CommandLineImporter")
    assert arguments[at - 2 : at] == ["-cp", f"{command.jars}/*"]
    assert arguments[at + 1 :] == [
        "-s", "omero.example", "-p", "4064", "-k", "session-1", "-d", "4", "-c", "--output",
        "yaml", "--no-upgrade-check", "--checksum-algorithm", "SHA1-160", "--no-thumbnails",
        "--no-stats-info", *(str(each.files[0].staged) for each in units),
    ]  # fmt: skip
    assert call["environment"]["LC_ALL"] == "C.UTF-8"
    known = {"PATH", "JAVA_HOME", "LD_LIBRARY_PATH", "TZ", "HOME", "LC_ALL", "LC_CTYPE"}
    assert set(call["environment"]) <= known
    assert (sessions.open, sessions.made) == (0, 1)


def test_a_start_for_each_target_and_batch(command: ImportCommand, tmp_path: Path) -> None:
    units = [unit(tmp_path, number, target=1 + number % 2) for number in range(6)]
    list(driver(command, There({}), batch=2).import_units(units, Watched()))
    starts = []
    for call in command.calls():
        words = call["arguments"]
        files = [each for each in words if each.endswith(".tif")]
        starts.append((words[words.index("-d") + 1], len(files), words[words.index("-k") + 1]))
    assert [each[:2] for each in starts] == [("1", 2), ("1", 1), ("2", 2), ("2", 1)]
    assert len({each[2] for each in starts}) == 4


def test_in_place(command: ImportCommand, tmp_path: Path) -> None:
    list(driver(command, There({}), in_place=True).import_units([unit(tmp_path, 0)], Watched()))
    [call] = command.calls()
    at = call["arguments"].index("--transfer")
    assert call["arguments"][at + 1] == "ln_s"


def test_one_that_does_not_end_is_stopped_with_its_children(
    command: ImportCommand, tmp_path: Path
) -> None:
    child = tmp_path / "child"
    command.tell(seconds=600, child=child)
    [answer] = driver(command, There({}), seconds=1.5).import_units([unit(tmp_path, 0)], Watched())
    assert isinstance(answer, NotImported)
    assert "had not ended after 1.5 s" in answer.reason
    _gone(int(child.read_text()))


def test_cancelled(command: ImportCommand, tmp_path: Path) -> None:
    child = tmp_path / "child"
    command.tell(seconds=600, child=child)
    watch = Watched()

    class Impatient(Watched):
        def check(self) -> None:
            if child.exists() and child.read_text():
                raise JobCancelled

    watch = Impatient()
    with pytest.raises(JobCancelled):
        list(driver(command, There({})).import_units([unit(tmp_path, 0)], watch))
    _gone(int(child.read_text()))


def test_groups(command: ImportCommand, tmp_path: Path) -> None:
    paths = ["/staging/a\nb.ics", "/staging/a\nb.ids"]
    command.tell(
        "#======================================\n"
        f"# Group: {paths[0]} SPW: false Reader: ICSReader\n{paths[0]}\n{paths[1]}\n"
    )
    java = Java(command.jars, 256, 30, command.program)
    [group] = groups(java, paths, lambda: None)
    assert (group.files, group.reader) == (tuple(paths), "ICSReader")
    assert command.calls()[0]["arguments"][-4:] == ["-f", "--no-upgrade-check", *paths]


def test_no_java(tmp_path: Path) -> None:
    java = Java(tmp_path, 64, 5, str(tmp_path / "no-java"))
    with pytest.raises(FileNotFoundError):
        java.run([], lambda: None)


@pytest.fixture
def import_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in's program `java`, which speaks the real sequence of calls."""
    client = tmp_path / "client"
    found = install(client)
    monkeypatch.setenv("PATH", found["PATH"], prepend=os.pathsep)
    jars = client / "cache" / "jars" / "omero-standin" / "libs"
    monkeypatch.setenv("OMERO_WEB_UPLOAD_IMPORT_CLIENT", str(jars))


def test_from_staged_files_to_images(lab: UploadLab, import_client: None) -> None:
    files = {
        **made.tiff('a # 1: b/cell\'s "x".tif', 1),
        **made.ics_pair("line\nbreak"),
        **made.tiff("細胞.tif", 2),
    }
    # What the command cannot read does not stop the others.
    files["late.tif"] = made.tiff()["cell.tif"]
    settings = JobSettings(driver="command_line", confirm="always", batch_files=10)
    upload = lab.examined(lab.arrived(files, settings=settings))
    lab.at(upload, "late.tif").write_bytes(b"II*\0")
    upload = lab.imported(upload)
    assert upload.state == "error"
    rows = lab.files(upload)
    assert {path: row["state"] for path, row in rows.items()} == {
        path: "failed" if path == "late.tif" else "imported" for path in files
    }
    for path, row in rows.items():
        if path != "late.tif":
            assert row["sha1_omero"] == row["sha1_staged"] == sha1(files[path])
    first, _, third = lab.images(upload)
    np.testing.assert_array_equal(lab.plane(first), made.values(1, "u2"))
    np.testing.assert_array_equal(lab.plane(third), made.values(2, "u2"))
    assert lab.datasets_of(first) == ["cells"]
    assert lab.staged(upload) == ["late.tif"]


def test_without_bio_formats_the_command_says_what_files_are(
    lab: UploadLab, import_client: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(JAR, str(tmp_path / "none.jar"))
    files = {**made.ics_pair("line\nbreak"), **made.tiff("a # b.tif", 2), "notes.txt": b"-"}
    upload = lab.examined(lab.arrived(files))
    assert upload.state == "awaiting_confirmation", upload.message
    pair, single = lab.units(upload)
    assert (pair.files, pair.format, pair.reader) == ((0, 1), "ICSReader", "")
    assert single.path == "a # b.tif"
    upload = lab.imported(upload)
    assert upload.state == "done", upload.message
    assert len(lab.images(upload)) == 2


def test_without_both_a_clear_error(
    lab: UploadLab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(JAR, str(tmp_path / "none.jar"))
    upload = lab.examined(lab.arrived(made.tiff()))
    assert upload.state == "error"
    assert "none.jar, which is not a file" in upload.message


def test_without_the_client_a_clear_error(lab: UploadLab) -> None:
    settings = JobSettings(driver="command_line")
    upload = lab.imported(lab.arrived(made.tiff(), settings=settings))
    assert upload.state == "error"
    assert "no OMERO import client" in upload.message


def test_in_place_only_where_it_is_allowed_and_then_the_files_stay(
    lab: UploadLab, import_client: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = JobSettings(transfer="in_place")
    upload = lab.imported(lab.arrived(made.tiff(), settings=settings))
    assert upload.state == "error"
    assert "spec.web.uploads.inPlace" in upload.message
    staging = Staging(lab.staging)
    assert not staging.is_linked(upload.id)
    monkeypatch.setenv("OMERO_WEB_UPLOAD_IN_PLACE", "true")
    change_upload.try_again(upload, "")
    lab.work()
    assert [unit.attempts for unit in lab.units(upload)] == [1]
    # The stand-in's client links nothing; a real one may have, before it failed.
    assert lab.now(upload).state == "error"
    # Also of a clean-up that knows nothing of it, because the database is lost.
    assert not staging.delete_job(upload.id)
    assert lab.staged(upload) == ["cell.tif"]


def _gone(pid: int) -> None:
    for _ in range(200):
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.05)
    raise AssertionError(f"process {pid} still runs")

"""The staging folder, and what somebody might put into it."""

from __future__ import annotations

import errno
import hashlib
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from uuid import UUID, uuid4

import pytest

from omero_plugin_common.errors import ApiError
from omeroweb_upload.services import receive_form
from omeroweb_upload.store import files
from omeroweb_upload.transfer.errors import Gone, StagingProblem
from omeroweb_upload.transfer.staging import Staging

A = PurePosixPath("folder/sub/a.tif")


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    (tmp_path / "volume").mkdir()
    return Staging(tmp_path / "volume")


@pytest.fixture
def job(staging: Staging) -> UUID:
    made = uuid4()
    staging.make_job(made)
    return made


def write(staging: Staging, job: UUID, path: PurePosixPath, data: bytes) -> None:
    with staging.open(job, path, create=True) as fd:
        os.write(fd, data)


def test_a_file_has_the_path_of_the_users_disk(staging: Staging, job: UUID) -> None:
    write(staging, job, A, b"abc")
    assert staging.path(job, A) == staging.folder / job.hex / "files" / "folder/sub/a.tif"
    assert staging.path(job, A).read_bytes() == b"abc"
    assert staging.size(job, A) == 3
    assert staging.sha1(job, A) == hashlib.sha1(b"abc").hexdigest()  # noqa: S324
    assert staging.size(job, PurePosixPath("nothing")) == 0
    with pytest.raises(FileNotFoundError), staging.open(job, PurePosixPath("no/thing")):
        pass
    # Nobody but our own group reads it.
    assert staging.path(job, A).stat().st_mode & 0o007 == 0


def test_sha1_says_how_far_it_is_and_can_be_stopped(staging: Staging, job: UUID) -> None:
    write(staging, job, A, b"x" * 3_000_000)
    seen: list[int] = []
    staging.sha1(job, A, seen.append)
    assert sum(seen) == 3_000_000

    def stop(_count: int) -> None:
        raise KeyError

    with pytest.raises(KeyError):
        staging.sha1(job, A, stop)


def test_ten_thousand_empty_files_at_once(staging: Staging, job: UUID) -> None:
    paths = [PurePosixPath(f"plate {n % 50}/f{n}.txt") for n in range(10_000)]
    staging.create_empty(job, paths)
    staging.create_empty(job, paths[:10])
    found = [each for each in staging.path(job, "").rglob("*") if each.is_file()]
    assert len(found) == 10_000
    assert sum(each.stat().st_size for each in found) == 0


def test_an_empty_file_that_exists_keeps_its_content(staging: Staging, job: UUID) -> None:
    write(staging, job, A, b"abc")
    staging.create_empty(job, [A])
    assert staging.size(job, A) == 3


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret").write_text("secret")
    return folder


def test_a_link_in_the_place_of_a_file_is_not_followed(
    staging: Staging, job: UUID, outside: Path
) -> None:
    write(staging, job, A, b"abc")
    staging.path(job, A).unlink()
    staging.path(job, A).symlink_to(outside / "secret")
    for attempt in (
        lambda: write(staging, job, A, b"x"),
        lambda: staging.size(job, A),
        lambda: staging.sha1(job, A),
        lambda: staging.create_empty(job, [A]),
    ):
        with pytest.raises(StagingProblem, match="not a file"):
            attempt()
    # A link that leads to nothing makes no file there.
    staging.path(job, A).unlink()
    staging.path(job, A).symlink_to(outside / "new")
    with pytest.raises(StagingProblem):
        write(staging, job, A, b"x")
    staging.remove_file(job, A)
    assert [each.name for each in outside.iterdir()] == ["secret"]
    assert (outside / "secret").read_text() == "secret"


@pytest.mark.parametrize("level", ["folder", "folder/sub"])
def test_a_link_in_the_place_of_a_folder_is_not_followed(
    staging: Staging, job: UUID, outside: Path, level: str
) -> None:
    place = staging.path(job, level)
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(outside)
    (outside / "sub").mkdir()
    fd, name = staging.new_incoming(job)
    os.close(fd)
    for attempt in (
        lambda: write(staging, job, A, b"x"),
        lambda: staging.create_empty(job, [A]),
        lambda: staging.place(job, name, A),
        lambda: staging.size(job, A),
        lambda: staging.remove_file(job, A),
    ):
        with pytest.raises(StagingProblem, match="not a folder"):
            attempt()
    assert sorted(each.name for each in outside.rglob("*")) == ["secret", "sub"]


def test_a_link_in_the_place_of_the_job_is_not_followed(staging: Staging, outside: Path) -> None:
    job = uuid4()
    (outside / "files").mkdir()
    (staging.folder / job.hex).symlink_to(outside)
    with pytest.raises(StagingProblem):
        write(staging, job, PurePosixPath("a"), b"x")
    with pytest.raises(StagingProblem):
        staging.delete_job(job)
    assert (outside / "secret").exists()
    assert staging.jobs() == []


def test_other_things_in_the_place_of_a_file(staging: Staging, job: UUID, tmp_path: Path) -> None:
    top = staging.path(job, "")
    os.mkfifo(top / "pipe")
    (top / "folder").mkdir()
    (top / "linked").write_text("x")
    os.link(top / "linked", tmp_path / "other name")
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(top)
        server.bind("socket")
        os.chdir("/")
        for name in ("pipe", "folder", "linked", "socket"):
            with pytest.raises(StagingProblem, match="not a file"):
                write(staging, job, PurePosixPath(name), b"y")
    assert (tmp_path / "other name").read_text() == "x"


def test_a_deleted_job_is_gone_with_all_it_had_and_nothing_else(
    staging: Staging, job: UUID, outside: Path
) -> None:
    other = uuid4()
    staging.make_job(other)
    write(staging, other, A, b"other")
    write(staging, job, A, b"abc")
    staging.path(job, "link").symlink_to(outside)
    assert staging.jobs() == sorted([job, other])
    staging.delete_job(job)
    staging.delete_job(job)
    assert staging.jobs() == [other]
    assert (outside / "secret").exists()
    for attempt in (
        lambda: write(staging, job, A, b"x"),
        lambda: staging.create_empty(job, [A]),
        lambda: staging.new_incoming(job),
    ):
        with pytest.raises(Gone):
            attempt()
    assert staging.size(other, A) == 5


def test_a_job_is_deleted_while_files_are_made_in_it(staging: Staging, job: UUID) -> None:
    ended: list[type[BaseException]] = []

    def make(name: int) -> None:
        try:
            for number in range(100_000):
                write(staging, job, PurePosixPath(f"{name}/{number % 30}/{number}"), b"x")
        except Gone as error:
            ended.append(type(error))

    threads = [threading.Thread(target=make, args=(name,)) for name in range(4)]
    for each in threads:
        each.start()
    while not staging.path(job, "3/5").exists():
        threads[0].join(0.01)
    staging.delete_job(job)
    for each in threads:
        each.join(30)
    assert ended == [Gone] * 4
    assert list(staging.folder.iterdir()) == []


def test_a_deletion_that_was_interrupted_goes_on(staging: Staging, job: UUID) -> None:
    write(staging, job, A, b"abc")
    (staging.folder / job.hex).rename(staging.folder / f"{job.hex}.deleted")
    assert staging.jobs() == [job]
    staging.delete_job(job)
    assert list(staging.folder.iterdir()) == []


def test_files_that_are_no_jobs_are_no_jobs(staging: Staging, job: UUID) -> None:
    (staging.folder / "lost+found").mkdir()
    (staging.folder / str(uuid4())).mkdir()
    (staging.folder / uuid4().hex).write_text("a file")
    assert staging.jobs() == [job]


def test_an_incoming_file_gets_its_place_or_none(staging: Staging, job: UUID) -> None:
    fd, name = staging.new_incoming(job)
    os.write(fd, b"abc")
    os.close(fd)
    staging.place(job, name, A)
    staging.drop(job, name)
    assert staging.path(job, A).read_bytes() == b"abc"
    fd, name = staging.new_incoming(job)
    os.close(fd)
    staging.drop(job, name)
    assert list((staging.folder / job.hex / "incoming").iterdir()) == []


def test_one_at_a_time_in_a_jobs_folder(staging: Staging, job: UUID) -> None:
    order: list[str] = []
    held, waiting = threading.Event(), threading.Event()

    def second() -> None:
        held.wait(10)
        waiting.set()
        with staging.lock(job):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with staging.lock(job):
        held.set()
        waiting.wait(10)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_free_bytes_are_those_of_the_volume(staging: Staging) -> None:
    assert 0 < staging.free_bytes() < 2**60


FAILURES = [
    (errno.ENOSPC, 507, "no_space"),
    (errno.EDQUOT, 507, "no_space"),
    (errno.EROFS, 503, "staging_away"),
    (errno.EIO, 503, "staging_away"),
]


@pytest.mark.parametrize(("number", "status", "code"), FAILURES)
@pytest.mark.parametrize("call", ["mkdir", "open"])
def test_a_volume_that_takes_nothing_is_no_fault_of_the_server(
    staging: Staging,
    job: UUID,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    number: int,
    status: int,
    code: str,
) -> None:
    real = getattr(os, call)

    def failing(path: object, flags: int = 0, *args: object, **named: object) -> object:
        if call == "mkdir" or flags & os.O_CREAT:
            raise OSError(number, os.strerror(number))
        return real(path, flags, *args, **named)

    monkeypatch.setattr(os, call, failing)
    tries: list[Callable[[], object]] = [
        lambda: staging.create_empty(job, [A]),
        lambda: write(staging, job, A, b"x"),
        lambda: staging.new_incoming(job),
    ]
    if call == "mkdir":
        tries.append(lambda: staging.make_job(uuid4()))
    for attempt in tries:
        with pytest.raises(ApiError) as refused:
            attempt()
        assert (refused.value.status, refused.value.code) == (status, code)
    monkeypatch.undo()
    assert staging.size(job, A) == 0


def test_a_form_meets_a_full_volume(
    staging: Staging, job: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive_form, "staging", lambda: staging)
    monkeypatch.setattr(files, "accepted_bytes", lambda _job, _user: 100)
    form = receive_form.Form(job, 7, 10)
    form.begin("a.tif")
    write_, full = os.write, os.open("/dev/full", os.O_RDWR)
    monkeypatch.setattr(os, "write", lambda _fd, data: write_(full, data))
    with pytest.raises(ApiError) as refused:
        form.write(b"0123456789")
    monkeypatch.undo()
    os.close(full)
    assert (refused.value.status, refused.value.code) == (507, "no_space")
    form.close()
    assert list((staging.folder / job.hex / "incoming").iterdir()) == []

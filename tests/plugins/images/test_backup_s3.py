"""`omero-backup` with an S3 server: versitygw, over TLS with an authority of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backup_lab import BackupSite, kill, own, restored, said_until
from forwarder import Forwarder
from s3_server import S3Server, versitygw

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(600)]

BUCKET = "backups"


@pytest.fixture
def s3(places: Path) -> Iterator[S3Server]:
    """A server with an empty bucket."""
    folder = places / "s3"
    folder.mkdir()
    folder.chmod(0o755)
    with versitygw(folder) as server:
        server.make_bucket(BUCKET)
        yield server


def store(server: S3Server, port: int = 0, bucket: str = BUCKET) -> str:
    return f"s3:https://127.0.0.1:{port or server.port}/{bucket}/omero/lab/site"


def variables(server: S3Server, **more: str) -> dict[str, str]:
    """What a pod has in its environment for a bucket; Secrets often end with a line break."""
    keys = {key: f"{value}\n" for key, value in server.keys.items()}
    return {**keys, "BACKUP_S3_CA_FILE": str(server.authority), **more}


def objects(server: S3Server) -> dict[str, int]:
    """Each object of the bucket and its size, without locks."""
    found = (server.folder / BUCKET).rglob("*")
    sizes = {str(path): path.stat().st_size for path in found if path.is_file()}
    return {path: size for path, size in sizes.items() if "/locks/" not in path}


def locks(server: S3Server) -> int:
    return len([path for path in (server.folder / BUCKET).glob("**/locks/*") if path.is_file()])


def test_a_bucket_brings_everything_back(site: BackupSite, other: BackupSite, s3: S3Server) -> None:
    site.store = other.store = store(s3)
    given = variables(s3, BACKUP_PASSPHRASE_FILE=site.secret("passphrase", "a b\n"))
    made = site.run("run", "--verify", **given)
    assert made.code == 0, made.output
    assert (made.message["verified"], made.message["kept"]) == (True, 1)
    site.add(50, b"user_2/new.tif", b"new")
    own(site.data)
    assert site.run("run", "--verify", BACKUP_KEEP_COUNT="1", **given).message["kept"] == 1
    before = objects(s3)
    assert before
    done = other.run("restore", **given)
    assert done.code == 0, done.output
    assert restored(site, other)
    # A restore only reads.
    assert (objects(s3), locks(s3)) == (before, 0)
    for run in (made, done):
        assert s3.keys["AWS_SECRET_ACCESS_KEY"] not in run.output


@pytest.mark.parametrize("command", ["run", "restore", "list"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "request signature we calculated does not match"),
        ({"AWS_ACCESS_KEY_ID": "nobody"}, "No user exists with the provided access key ID"),
        ({"BACKUP_S3_CA_FILE": ""}, "certificate"),
        ({"bucket": "nothing"}, "does not exist: create it, or correct its name"),
        ({"port": "1"}, "connection refused"),
    ],
    ids=["secret", "account", "authority", "bucket", "away"],
)
def test_what_is_wrong_with_a_bucket_is_named(
    site: BackupSite, s3: S3Server, command: str, change: dict[str, str], words: str
) -> None:
    places = {key: change[key] for key in ("port", "bucket") if key in change}
    site.store = store(s3, int(places.get("port", 0)), places.get("bucket", BUCKET))
    given = variables(s3, **{key: value for key, value in change.items() if key not in places})
    refused = site.run(command, **given)
    assert (refused.code, words in refused.message["message"]) == (1, True), refused.output
    assert s3.keys["AWS_SECRET_ACCESS_KEY"] not in refused.output
    # Nothing was made, no bucket of a wrong name either.
    assert [each.name for each in s3.folder.iterdir()] == [BUCKET]
    assert objects(s3) == {}


POINTS = ("database omero on", "database omero-plugin on")


@pytest.mark.parametrize("point", POINTS)
def test_broken_connections_do_no_harm(
    site: BackupSite, other: BackupSite, s3: S3Server, point: str
) -> None:
    with Forwarder(s3.port) as line:
        site.store = store(s3, line.port)
        process = site.start("run", "--verify", PYTHONUNBUFFERED="1", **variables(s3))
        said_until(process, point)
        line.cut()
        # What restic sends is sent again, and a step that begins waits for the server.
        said_nothing = process.poll()
        line.mend()
        done = site.ended(process)
    assert (said_nothing, done.code) == (None, 0), done.output
    other.store = store(s3)
    assert other.run("restore", **variables(s3)).code == 0
    assert restored(site, other)


def test_a_server_that_is_away_leaves_no_half_backup(
    site: BackupSite, other: BackupSite, s3: S3Server
) -> None:
    with Forwarder(s3.port) as line:
        site.store = store(s3)
        assert site.run("backup", **variables(s3)).code == 0
        site.store = store(s3, line.port)
        process = site.start("run", PYTHONUNBUFFERED="1", **variables(s3))
        said_until(process, POINTS[1])
        line.cut()
        kill(process)
    site.store = other.store = store(s3)
    assert "1 complete backups" in site.run("list", **variables(s3)).output
    again = site.run("run", "--verify", READY_SECONDS="60", **variables(s3))
    assert (again.code, again.message["kept"]) == (0, 2), again.output
    assert locks(s3) == 0
    assert other.run("restore", **variables(s3)).code == 0
    assert restored(site, other)


def test_a_step_that_begins_without_a_server_waits_for_it(
    site: BackupSite, other: BackupSite, s3: S3Server
) -> None:
    given = variables(s3, READY_SECONDS="120", PYTHONUNBUFFERED="1")
    with Forwarder(s3.port) as line:
        site.store = other.store = store(s3, line.port)
        for who, command in ((site, ("run", "--verify")), (other, ("restore",))):
            line.cut()
            process = who.start(*command, **given)
            said_until(process, "is unavailable")
            line.mend()
            done = who.ended(process)
            assert done.code == 0, done.output
    assert restored(site, other)

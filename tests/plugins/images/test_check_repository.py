"""The check of OMERO's volume against its database, with a real PostgreSQL.

Layout of the volume: FileMaker in omero-blitz; tables: the schema OMERO5.4__0.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest

import local_services
from local_services import ROOT, Service

SCRIPT = ROOT / "images" / "postgres-maintenance" / "check-repository"
OURS, OTHERS = "11111111-2222-4333-8444-555555555555", "99999999-aaaa-4bbb-8ccc-dddddddddddd"
SCHEMA = """
    create table dbpatch (id int, currentversion text, currentpatch int);
    insert into dbpatch values (1, 'OMERO5.4', 0);
    create table configuration (name varchar(255) primary key, value text);
    insert into configuration values ('omero.db.uuid', '11111111-2222-4333-8444-555555555555');
    create table pixels (id bigint);
    create table originalfile (id bigint, repo varchar(36), mimetype varchar(255));
    create table filesetentry (id bigint, originalfile bigint);
    insert into originalfile values (1, null, 'Repository'), (2, 'script-repo', 'text/x-python');
"""
IMAGES = "insert into pixels values (1);"
ATTACHMENT = "insert into originalfile values (3, null, 'text/csv');"
UPGRADED = "insert into dbpatch values (2, 'OMERO5.5', 1);"
IMPORTS = "insert into pixels values (1); insert into filesetentry values (1);"
REPOSITORY, MOVED = (f"{each * 8}-{each * 4}-4{each * 3}-8{each * 3}-{each * 12}" for each in "ab")
LOCATED = (
    "insert into pixels values (1); insert into originalfile values (9, '%s', 'image/tiff');"
    "insert into filesetentry values (1, 9);"
)


@dataclass(frozen=True)
class Result:
    """How the check ended: the reason is what the condition quotes."""

    code: int
    reason: str
    log: str


@pytest.fixture
def check(tmp_path: Path, postgres: Service, inside: dict[str, str]) -> Callable[..., Result]:
    """Runs the script on a folder and the database; it changes nothing in the folder."""

    def run(data: Path, **environment: str) -> Result:
        (tmp_path / "password").write_text(f"{postgres.password}\n")
        message = tmp_path / "termination-log"
        message.write_text("")
        before = sorted(data.rglob("*"))
        done = subprocess.run(
            [SCRIPT],
            env={
                "PATH": inside["PATH"],
                "TERMINATION_LOG": str(message),
                "OMERO_DB_HOST": "127.0.0.1",
                "OMERO_DB_PORT": str(postgres.port),
                "OMERO_DB_NAME": "omero",
                "OMERO_DB_USER": "omero\n",
                "OMERO_DB_PASSWORD_FILE": str(tmp_path / "password"),
                "OMERO_DATA_DIR": str(data),
                "OMERO_MANAGED_DIR": str(data / "ManagedRepository"),
                "READY_SECONDS": "0",
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert sorted(data.rglob("*")) == before
        assert postgres.password not in done.stdout + done.stderr
        reason = message.read_text()
        assert done.stderr == (f"check-repository: {reason}" if reason else "")
        return Result(done.returncode, reason, done.stdout + done.stderr)

    return run


@pytest.fixture
def database(postgres: Service) -> Callable[[str], None]:
    """Makes the database hold this and nothing else."""

    def fill(statements: str) -> None:
        connection = psycopg2.connect(
            host="127.0.0.1",
            port=postgres.port,
            dbname="omero",
            user="omero",
            password=postgres.password,
        )
        with connection, connection.cursor() as cursor:
            cursor.execute("drop schema public cascade; create schema public;" + statements)
        connection.close()

    return fill


@pytest.fixture
def volume(tmp_path: Path) -> Callable[..., Path]:
    """A volume with these files, relative to /OMERO."""

    def made(*files: str) -> Path:
        data = tmp_path / "OMERO"
        (data / "lost+found").mkdir(parents=True)
        for name in files:
            file = data / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if name.endswith("/"):
                file.mkdir()
            else:
                file.write_text("x")
        return data

    return made


def repositories(uuid: str) -> tuple[str, str]:
    """What OMERO.server leaves in both of its repositories."""
    mark = f".omero/repository/{uuid}/repo_uuid"
    return mark, f"ManagedRepository/{mark}"


FOLDERS = ("ManagedRepository/", "Files/", "Pixels/", "certs/server.p12")
IMPORTED = "ManagedRepository/ada_2/2026-11/28/cell.tif"


def test_the_folder_of_images_is_the_one_that_the_database_knows(
    check: Callable[..., Result], database: Callable[[str], None], volume: Callable[..., Path]
) -> None:
    """`repo_uuid` as Java writes it; a folder that was replaced has another one, or none."""
    data = volume(*repositories(OURS), IMPORTED)
    identity = data / "ManagedRepository" / ".omero" / "repository" / OURS / "repo_uuid"
    identity.write_bytes(b"\x00\x24" + REPOSITORY.encode())
    database(SCHEMA + LOCATED % REPOSITORY)
    assert check(data).code == 0
    database(SCHEMA + LOCATED % REPOSITORY + LOCATED % MOVED)
    assert check(data).code == 0
    database(SCHEMA + LOCATED % MOVED)
    moved = check(data)
    assert moved.code == 1
    assert f"in the repository {MOVED}, and {identity.parents[3]} is {REPOSITORY}" in moved.reason
    identity.unlink()
    lost = check(data)
    assert f"is none by {identity}" in lost.reason


@pytest.mark.parametrize(
    ("content", "files"),
    [
        ("", ()),
        # A first start that ended before the database was made.
        ("", FOLDERS),
        (SCHEMA, ()),
        (SCHEMA, FOLDERS),
        (SCHEMA, repositories(OURS)),
        (SCHEMA + ATTACHMENT, (*repositories(OURS), "Files/3")),
        (SCHEMA + IMPORTS, (*repositories(OURS), IMPORTED)),
        # Not the default folder, and the repository of the data folder alone.
        (SCHEMA + IMAGES, (repositories(OURS)[0], "Pixels/1")),
    ],
    ids=[
        "new", "new with folders", "no image yet", "no image yet with folders", "just started",
        "attachment", "imports", "pixels",
    ],
)  # fmt: skip
def test_what_belongs_together_may_start(
    check: Callable[..., Result],
    database: Callable[[str], None],
    volume: Callable[..., Path],
    content: str,
    files: tuple[str, ...],
) -> None:
    database(content)
    result = check(volume(*files))
    assert result.code == 0, result.log
    assert result.reason == ""


@pytest.mark.parametrize(
    ("content", "files", "words"),
    [
        ("", repositories(OTHERS), ["is empty, and the volume has the repository", OTHERS]),
        ("", (IMPORTED,), ["is empty, and {data}/ManagedRepository is not", "new database"]),
        ("", ("Files/3",), ["is empty, and {data}/Files is not"]),
        ("", ("Pixels/1",), ["is empty, and {data}/Pixels is not"]),
        (SCHEMA + IMAGES, (), ["knows images or files, and {data} has no repository of it", OURS]),
        (SCHEMA + ATTACHMENT, FOLDERS, [f"{{data}}/.omero/repository/{OURS} is missing"]),
        # A backup without hidden folders: OMERO would begin a new repository beside the files.
        (SCHEMA + IMPORTS, (IMPORTED,), ["other content: {data}/ManagedRepository", ".omero"]),
        (
            SCHEMA + IMPORTS,
            (*repositories(OTHERS), IMPORTED),
            ["repository of another database", OTHERS, OURS, "schema OMERO5.4__0"],
        ),
        (SCHEMA, repositories(OTHERS), ["repository of another database", OTHERS]),
        (
            SCHEMA + IMPORTS,
            (*repositories(OURS), *repositories(OTHERS), IMPORTED),
            ["two repositories", OURS, OTHERS],
        ),
        (
            SCHEMA + IMPORTS,
            (*repositories(OURS), f"OldRepository/.omero/repository/{OTHERS}/repo_uuid", IMPORTED),
            ["two repositories", "{data}/OldRepository/.omero"],
        ),
        (
            SCHEMA + IMPORTS,
            (repositories(OURS)[0], "ManagedRepository/"),
            ["knows imported files, and {data}/ManagedRepository", "omero.managed.dir"],
        ),
        (SCHEMA + IMPORTS, repositories(OURS), ["knows imported files"]),
    ],
    ids=[
        "new database, other's volume", "new database, images", "new database, attachments",
        "new database, pixels", "empty volume", "folders alone", "hidden folders lost",
        "other's volume", "other's empty volume", "two in one", "two side by side",
        "managed repository empty", "managed repository lost",
    ],
)  # fmt: skip
def test_what_does_not_belong_together_is_refused(
    check: Callable[..., Result],
    database: Callable[[str], None],
    volume: Callable[..., Path],
    content: str,
    files: tuple[str, ...],
    words: list[str],
) -> None:
    database(content)
    data = volume(*files)
    result = check(data)
    assert result.code == 1
    for word in (*words, "the OMERO database omero on 127.0.0.1:", "Nothing was changed."):
        assert word.format(data=data) in result.reason
    assert result.reason.count("\n") == 1


def test_managed_repository_is_where_the_site_says(
    check: Callable[..., Result], database: Callable[[str], None], volume: Callable[..., Path]
) -> None:
    database(SCHEMA + IMPORTS)
    data = volume(repositories(OURS)[0], "a/Images/ada_2/cell.tif")
    assert check(data).code == 1
    assert check(data, OMERO_MANAGED_DIR=f"{data}/a/Images").code == 0
    (data / f"a/Images/.omero/repository/{OTHERS}").mkdir(parents=True)
    assert "two repositories" in check(data, OMERO_MANAGED_DIR=f"{data}/a/Images").reason


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"OMERO_DB_PORT": "1"}, "is not ready after 0 s"),
        ({"OMERO_DB_NAME": "none"}, 'database "none" does not exist'),
        ({"OMERO_DB_USER": "nobody"}, "password authentication failed"),
    ],
)
def test_database_that_cannot_be_read_is_told(
    check: Callable[..., Result],
    volume: Callable[..., Path],
    environment: dict[str, str],
    words: str,
) -> None:
    result = check(volume(), **environment)
    assert result.code == 1
    assert words in result.reason


def test_stand_in_leaves_what_the_check_looks_for(
    tmp_path: Path,
    postgres: Service,
    check: Callable[..., Result],
    database: Callable[[str], None],
    volume: Callable[..., Path],
) -> None:
    """The same as the real server, so that demo and tests meet the check as a site does."""
    database("")
    data = volume()
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "90-platform.omero").write_text(f"config set omero.data.dir {data}\n")
    arguments = ["--container", "--data", "demo", "--config-folder", str(tmp_path / "config")]
    arguments += ["--var-folder", str(tmp_path / "var")]
    variables = {
        "CONFIG_omero_db_host": "127.0.0.1",
        "CONFIG_omero_db_port": str(postgres.port),
        "CONFIG_omero_db_pass": f"{postgres.password}\n",
    }
    for _ in ("first start", "second start"):
        assert check(data).code == 0
        with local_services.standin(tmp_path, *arguments, **variables):
            pass
    assert check(data).log.endswith("belong together\n")
    for root in (data, data / "ManagedRepository"):
        (mark,) = (root / ".omero" / "repository").iterdir()
        content = (mark / "repo_uuid").read_bytes()
        assert content[:2] == b"\x00\x24" and len(content) == 2 + 36
    other = tmp_path / "other"
    other.mkdir()
    assert "knows images or files" in check(other).reason
    database("")
    assert "is empty, and the volume has the repository" in check(data).reason


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        ("", "none"),
        (SCHEMA, "OMERO5.4__0"),
        (f"{SCHEMA}{UPGRADED}", "OMERO5.5__1"),
    ],
    ids=["empty", "as it is", "upgraded"],
)
def test_schema_of_the_database(
    tmp_path: Path,
    postgres: Service,
    inside: dict[str, str],
    database: Callable[[str], None],
    statements: str,
    said: str,
) -> None:
    """By what it says before and after, an upgrade knows whether it may go back."""
    database(statements)
    (tmp_path / "password").write_text(f"{postgres.password}\n")
    message = tmp_path / "termination-log"
    message.write_text("")
    done = subprocess.run(
        [SCRIPT.with_name("omero-schema")],
        env={
            "PATH": inside["PATH"],
            "TERMINATION_LOG": str(message),
            "OMERO_DB_HOST": "127.0.0.1",
            "OMERO_DB_PORT": str(postgres.port),
            "OMERO_DB_NAME": "omero",
            "OMERO_DB_USER": "omero\n",
            "OMERO_DB_PASSWORD_FILE": str(tmp_path / "password"),
            "READY_SECONDS": "0",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, message.read_text()) == (0, f"{said}\n"), done.stderr

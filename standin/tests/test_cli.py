"""The `omero` command line, as it is installed."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import omero.cli
import pytest

from standin_here import PASSWORD, Here, standin_here

# The command refuses to run as root, which is who runs tests in a container.
COMMAND = (
    "import sys, omero.main; omero.main.not_root = lambda: None; "
    f"sys.argv[0] = {str(Path(sys.executable).parent / 'omero')!r}; sys.exit(omero.main.main())"
)
SCRIPT = """
import omero.scripts as scripts
from omero.rtypes import rstring
client = scripts.client("Echo.py", "Repeats a word.", scripts.String("Word", optional=False))
print("on stdout")
client.setOutput("Message", rstring(client.getInput("Word", unwrap=True)))
client.closeSession()
"""
Run = Callable[..., str]
# The command line's own: deprecated plugins, files that it leaves to the interpreter to close.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def here() -> Iterator[Here]:
    """A stand-in with a member of two read-annotate groups."""
    with standin_here() as running:
        lab, other = running.group("lab"), running.group("other")
        running.user("ada", lab, other)
        running.kernel.data.path("Scripts", "tests", "Echo.py").write_text(SCRIPT)
        yield running


def environment(folder: Path) -> dict[str, str]:
    """Where the command keeps its sessions and files."""
    return {
        "OMERODIR": str(folder),
        "OMERO_USERDIR": str(folder / "user"),
        "OMERO_SESSIONDIR": str(folder / "sessions"),
        "OMERO_TMPDIR": str(folder / "tmp"),
        "HOME": str(folder),
    }


def runner(here: Here, folder: Path, user: str) -> Run:
    """Runs the command line in this process, with a session of its own: what it has printed."""

    def run(*arguments: str, code: int = 0, error: bool = False) -> str:
        out, errors = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment(folder).items():
                patch.setenv(name, value)
            cli = omero.cli.CLI()
            cli.loadplugins()
            try:
                with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
                    cli.invoke(list(arguments), strict=False)
            finally:
                cli.close()
        assert cli.rv == code, (arguments, cli.rv, out.getvalue(), errors.getvalue())
        return errors.getvalue() if error else out.getvalue()

    run("login", f"{user}@127.0.0.1:{here.port}", "-w", PASSWORD)
    return run


@pytest.fixture(scope="module")
def ada(here: Here, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A member's command line."""
    return runner(here, tmp_path_factory.mktemp("ada"), "ada")


@pytest.fixture(scope="module")
def root(here: Here, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The administrator's command line."""
    return runner(here, tmp_path_factory.mktemp("root"), "root")


@pytest.fixture(scope="module")
def folder(ada: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for files of the tests."""
    return tmp_path_factory.mktemp("files")


def number(text: str) -> int:
    """The id in `Type:id`."""
    found = re.search(r":(\d+)", text)
    assert found is not None, text
    return int(found[1])


def test_the_installed_command_logs_in(here: Here, tmp_path: Path) -> None:
    def command(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", COMMAND, *arguments],
            env=os.environ | environment(tmp_path),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout

    command("login", f"ada@127.0.0.1:{here.port}", "-w", PASSWORD)
    assert "ada" in command("sessions", "list")


def test_sessions_are_listed_and_a_wrong_password_is_refused(
    here: Here, ada: Run, root: Run, tmp_path: Path
) -> None:
    assert "ada" in ada("sessions", "list")
    assert "Active" in ada("sessions", "list")
    assert "ada" in root("sessions", "who")
    assert "ada" in ada("sessions", "who")
    assert ada("sessions", "key")
    ada("sessions", "group", "other")
    ada("sessions", "group", "lab")
    with pytest.raises(AssertionError, match="Password check failed"):
        runner(here, tmp_path, "nobody-of-this-name")


def test_objects_are_made_read_and_changed(ada: Run) -> None:
    dataset = ada("obj", "new", "Dataset", "name=from the shell").strip()
    assert re.fullmatch(r"Dataset:\d+", dataset)
    assert ada("obj", "get", dataset, "name").strip() == "from the shell"
    ada("obj", "update", dataset, "description=changed")
    assert "description=changed" in ada("obj", "get", dataset)
    project = ada("obj", "new", "Project", "name=p").strip()
    ada("obj", "new", "ProjectDatasetLink", f"parent={project}", f"child={dataset}")
    annotation = ada("obj", "new", "MapAnnotation", "ns=test").strip()
    ada("obj", "map-set", annotation, "mapValue", "key", "value")
    assert ada("obj", "map-get", annotation, "mapValue", "key").strip() == "value"
    listed = ada("hql", "-q", "--style", "csv", "select d.name from Dataset d order by d.id")
    assert "from the shell" in listed


def test_files_go_up_and_come_down(ada: Run, folder: Path) -> None:
    source = folder / "table.csv"
    source.write_bytes(b"a,b\n1,2\n" * 1000)
    file = ada("upload", str(source)).strip()
    assert re.fullmatch(r"OriginalFile:\d+", file)
    ada("download", file, str(folder / "back.csv"))
    assert (folder / "back.csv").read_bytes() == source.read_bytes()
    annotation = ada("obj", "new", "FileAnnotation", f"file={file}").strip()
    ada("download", f"FileAnnotation:{number(annotation)}", str(folder / "again.csv"))
    assert (folder / "again.csv").read_bytes() == source.read_bytes()


def test_tags(here: Here, ada: Run) -> None:
    ada("tag", "create", "--name", "focus", "--description", "sharp")
    dataset = ada("obj", "new", "Dataset", "name=tagged").strip()
    (tag,) = here.store.holding("TagAnnotation", "textValue", "focus")
    ada("tag", "createset", "--tag", str(tag.id), "--name", "quality", "--description", "d")
    assert "focus" in ada("tag", "list")
    assert "quality" in ada("tag", "listsets")
    ada("tag", "link", dataset, str(tag.id))
    links = here.store.holding("DatasetAnnotationLink", "child", tag.ref)
    assert [each.values["parent"].id for each in links] == [number(dataset)]


def test_groups_and_users(here: Here, root: Run, ada: Run) -> None:
    root("group", "add", "fresh", "--type", "read-annotate")
    root("user", "add", "bea", "Bea", "B", "fresh", "-P", "secret")
    assert "fresh" in root("group", "list")
    assert "bea" in root("user", "list")
    root("group", "adduser", "--name", "fresh", "ada")
    assert "ada" in root("group", "listusers", "--group-name", "fresh")
    assert "fresh" in root("group", "info", "--group-name", "fresh")
    root("group", "perms", "--name", "fresh", "--type", "private")
    group = here.kernel.accounts.group_named("fresh")
    assert here.kernel.accounts.level(group.id) == "rw----"
    assert "bea" in root("user", "info", "--user-name", "bea")
    assert "ada" in ada("user", "list")


def test_objects_are_deleted_and_moved(here: Here, ada: Run) -> None:
    dataset = ada("obj", "new", "Dataset", "name=to go").strip()
    assert "Dry run" in ada("delete", dataset, "--dry-run")
    assert "ok" in ada("delete", dataset, "--report")
    assert here.store.find("Dataset", number(dataset)) is None
    dataset = ada("obj", "new", "Dataset", "name=to move").strip()
    assert "ok" in ada("chgrp", "other", dataset)
    moved = here.store.get("Dataset", number(dataset))
    assert moved.group == here.kernel.accounts.group_named("other").id
    assert "failed" in ada("delete", "Dataset:4711", error=True)
    assert "Image" in ada("delete", "--list")


def test_ownership_is_given_by_administrators(here: Here, ada: Run, root: Run) -> None:
    dataset = ada("obj", "new", "Dataset", "name=given").strip()
    assert "ok" in root("chown", "root", dataset)
    assert here.store.get("Dataset", number(dataset)).owner == 0


def test_disk_usage_and_repositories(here: Here, ada: Run, folder: Path) -> None:
    source = folder / "big.bin"
    source.write_bytes(bytes(123_456))
    file = ada("upload", str(source)).strip()
    annotation = ada("obj", "new", "FileAnnotation", f"file={file}").strip()
    usage = ada("fs", "usage", f"Annotation:{number(annotation)}", "--report")
    assert "123456 bytes in 1 files" in usage
    assert "ManagedRepository" in ada("fs", "repos", "--managed")
    assert "ScriptRepo" in ada("fs", "repos")
    ada("fs", "sets")
    ada("fs", "images")


def test_scripts(root: Run, ada: Run, folder: Path) -> None:
    assert "/tests/Echo.py" in ada("script", "list")
    assert "Repeats a word." in ada("script", "params", "/tests/Echo.py")
    run = ada("script", "launch", "/tests/Echo.py", "Word=heard")
    assert "Message=heard" in run
    assert "on stdout" in run
    own = folder / "Own.py"
    own.write_text(SCRIPT)
    uploaded = ada("script", "upload", str(own))
    assert "OriginalFile:" in uploaded
    official = root("script", "upload", "--official", str(own))
    assert "OriginalFile:" in official
    assert "Own.py" in ada("script", "list")
    ada("script", "delete", str(number(uploaded)))


def test_search(here: Here, ada: Run) -> None:
    ada("obj", "new", "Dataset", "name=needle in a haystack")
    assert "needle" in ada("search", "Dataset", "needle")


def test_import_stops_where_java_begins(ada: Run, folder: Path) -> None:
    """The command's importer is a Java program, which is in no package registry."""
    jars = folder / "jars"
    jars.mkdir()
    (folder / "x.fake").write_bytes(b"")
    arguments = ("import", "--clientdir", str(jars), str(folder / "x.fake"))
    assert "No JAR files found" in ada(*arguments, code=103, error=True)


def test_logout(here: Here, tmp_path: Path) -> None:
    run = runner(here, tmp_path, "ada")
    run("logout")
    assert "Logged in" not in run("sessions", "list")

"""The fixtures that other people's tests get, here and in an environment made from the wheel."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy
import omero
import pytest
from omero.gateway import TagAnnotationWrapper

import local_services
from omero_standin.as_process import CannotStart, OmeroServer, User, started
from omero_standin.pytest_plugin import Calls

STANDIN: Final = local_services.ROOT / "standin"
README: Final = (STANDIN / "README.md").read_text()
SEEN: Final[list[str]] = []
# Without the plugin of zarr, which has nothing to do with this and takes a second to be imported.
PYTEST: Final = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:zarr")


def tagged(gateway: Any, text: str) -> TagAnnotationWrapper:
    tag = TagAnnotationWrapper(gateway)
    tag.setValue(text)
    tag.save()
    return tag


@pytest.mark.parametrize("again", [1, 2])
def test_each_test_is_a_new_user_in_a_new_group(
    omero_gateway: Any, omero_user: User, again: int
) -> None:
    context = omero_gateway.getEventContext()
    assert (context.userName, context.groupName) == (omero_user.name, omero_user.group.name)
    assert (context.userId, context.groupId) == (omero_user.id, omero_user.group.id)
    assert not omero_gateway.isAdmin()
    assert omero_user.name not in SEEN
    SEEN.append(omero_user.name)
    tagged(omero_gateway, "mine")
    assert [each.getValue() for each in omero_gateway.getObjects("TagAnnotation")] == ["mine"]


def test_colleagues_and_another_group(omero_server: OmeroServer) -> None:
    private = omero_server.new_group("rw----", name="a-private-group")
    ada = omero_server.new_user(omero_server.new_group("rwra--"), private, name="ada-the-first")
    ben = omero_server.new_user(ada.group, password="ben's own")
    with omero_server.connect(ada.name, ada.password) as hers:
        tagged(hers, "shared")
    with omero_server.connect(ada.name, ada.password, private.name) as hers:
        assert hers.getEventContext().groupName == "a-private-group"
        assert hers.getGroupFromContext().getDetails().getPermissions().isGroupRead() is False
        tagged(hers, "private")
    with omero_server.connect(ben.name, "ben's own", secure=False) as his:
        his.SERVICE_OPTS.setOmeroGroup("-1")
        assert [each.getValue() for each in his.getObjects("TagAnnotation")] == ["shared"]


def test_root_and_a_wrong_password(omero_server: OmeroServer, omero_user: User) -> None:
    with omero_server.connect() as root:
        assert root.isAdmin()
    with pytest.raises(ConnectionError, match=f"{omero_user.name} could not log in"):
        omero_server.connect(omero_user.name, "wrong")
    for text in (repr(omero_server), repr(omero_user)):
        assert omero_server.root_password not in text
        assert omero_user.password not in text


def test_calls_are_counted_from_the_begin_of_the_test(
    omero_gateway: Any, omero_calls: Calls
) -> None:
    assert omero_calls.total() == 0
    tag = tagged(omero_gateway, "counted")
    assert omero_calls.of("IUpdate.*") == {"IUpdate.saveAndReturnObject": 1}
    omero_calls.forget()
    omero_gateway.deleteObjects("TagAnnotation", [tag.getId()], wait=True)
    assert omero_calls.total("ServiceFactory.submit") == 1
    assert omero_calls.total("IUpdate.*") == 0


@pytest.mark.parametrize("again", [1, 2])
def test_no_fault_is_left_for_the_next_test(
    omero_server: OmeroServer,
    omero_gateway: Any,
    omero_faults: Callable[..., None],
    again: int,
) -> None:
    assert omero_server.faults() == []
    omero_faults("IUpdate.*", "refused", error="SecurityViolation", message="not today", times=9)
    with pytest.raises(omero.SecurityViolation, match="not today"):
        tagged(omero_gateway, "refused")
    assert [fault["times"] for fault in omero_server.faults()] == [8]


def test_a_lost_session(omero_gateway: Any, omero_faults: Callable[..., None]) -> None:
    omero_faults("IQuery.*", "lost")
    with pytest.raises(omero.RemovedSessionException):
        omero_gateway.getQueryService().get("Experimenter", 0)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"call": "*", "kind": "broken"}, "kind 'broken' is not one of lost, slow, refused"),
        ({"call": "*", "kind": "refused", "error": "Nonsense"}, "'Nonsense' is not an exception"),
        ({"call": "*", "kind": "slow", "minutes": 1}, "minutes"),
    ],
)
def test_an_unknown_fault_is_an_error_of_the_test(
    omero_faults: Callable[..., None], fault: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        omero_faults(**fault)


def test_files_are_in_the_servers_own_folder(tmp_path: Path) -> None:
    with started(folder=tmp_path) as server, server.connect() as root:
        root.createImageFromNumpySeq(iter([numpy.zeros((4, 4), numpy.uint8)]), "black")
        assert [path.name for path in (tmp_path / "files" / "Pixels").iterdir()]
    assert (tmp_path / "root-password").stat().st_mode & 0o777 == 0o600
    assert server.root_password not in server.log.read_text()


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"nowhere\.yaml"), started("--data", "nowhere.yaml"):
        raise AssertionError("it started")


# --- as a stranger has it -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the wheel; what it depends on is lent from here."""
    folder = tmp_path_factory.mktemp("stranger")
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], STANDIN)
    (wheel,) = folder.glob("omero_standin-*.whl")
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv" / "bin" / "python"
    (site,) = (folder / "venv" / "lib").glob("python*/site-packages")
    # A folder that a .pth file names is searched, but the editable installs in it are not.
    (site / "lent.pth").write_text(sysconfig.get_path("purelib"))
    uv = Path(sys.executable).with_name("uv")
    options = ["--no-deps", "--offline", "--no-index", "--python", str(python)]
    run([str(uv), "pip", "install", *options, str(wheel)], folder)
    return python


def run(command: list[str], folder: Path) -> str:
    """What a command prints; it fails the test with that when it does not succeed."""
    ended = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_the_wheel_stands_alone(stranger: Path) -> None:
    where = "import omero_standin.program as each; print(each.__file__)"
    assert str(stranger.parents[1]) in run([str(stranger), "-c", where], stranger.parent)
    command = stranger.with_name("omero-standin")
    assert run([str(command), "--version"], stranger.parent).startswith("omero-standin 5.6")


@pytest.mark.parametrize(
    "settings",
    [
        # What is good for these is good for less.
        "[pytest]\nfilterwarnings = error\n",
        pytest.param("", marks=pytest.mark.nightly),
    ],
)
def test_the_example_of_the_readme_runs_as_written(
    stranger: Path, tmp_path: Path, settings: str
) -> None:
    (example,) = re.findall(r"```python\n(# test_\w+\.py\n.*?)```", README, re.DOTALL)
    assert len(example.splitlines()) <= 8
    name = example.split()[1]
    (tmp_path / name).write_text(example)
    (tmp_path / "pytest.ini").write_text(settings)
    said = run([str(stranger), *PYTEST], tmp_path)
    assert "1 passed" in said


def test_a_project_chooses_the_data_and_sees_the_fixtures(stranger: Path, tmp_path: Path) -> None:
    (tmp_path / "lab.yaml").write_text("groups: [{name: lab}]\nusers: [{name: ada, groups: [lab]}]")
    (tmp_path / "pytest.ini").write_text("[pytest]\nomero_standin_data = lab.yaml\n")
    (tmp_path / "test_it.py").write_text(
        "def test_it(omero_server):\n"
        "    with omero_server.connect('ada', 'ada') as gateway:\n"
        "        assert gateway.getEventContext().groupName == 'lab'\n"
    )
    pytest_ = [str(stranger), *PYTEST]
    assert "1 passed" in run(pytest_, tmp_path)
    listed = run([*pytest_, "--fixtures"], tmp_path)
    for name in ("omero_server", "omero_user", "omero_gateway", "omero_calls", "omero_faults"):
        assert re.search(rf"^{name}\b.*\n    \w", listed, re.MULTILINE), name


def test_other_tests_pay_nothing_for_it(stranger: Path, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import sys\n\n\ndef test_it():\n    assert not {'Ice', 'omero'} & set(sys.modules)\n"
    )
    said = run([str(stranger), *PYTEST], tmp_path)
    assert "1 passed" in said

"""`omero-standin record` and `replay`: nothing against itself, and each seeded fault found."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import omero
import pytest

from omero_standin.calls import Fault
from omero_standin.model import schema
from omero_standin.program import main
from omero_standin.recording.catalogue import ROWS, VERSION
from omero_standin.recording.lab import PREFIX
from omero_standin.services.commands.delete import delete
from omero_standin.services.iquery import QueryService
from omero_standin.services.iroi import RoiService
from omero_standin.services.iscript import Scripts
from omero_standin.services.table import COMMANDS
from standin_here import PASSWORD, Here, standin_here

# Ids of the server are from here on, so that they can be found in a file.
FIRST_ID: Final = 7_654_000
# The import starts Bio-Formats, in each server anew: some seconds.
BUT_IMPORT: Final = tuple(row.id for row in ROWS if row.id != "F3")
# The server's own files, which it notes when somebody first asks, and the folders of imports.
OF_THE_SERVER: Final = {"Directory", "Repository", "text/x-lut"}
# What sessions and calls leave behind on every server.
TRACES: Final = {"Session", "Event", "EventLog", "Node", "ExternalInfo", "ChecksumAlgorithm"}


@pytest.fixture(scope="module")
def here() -> Iterator[Here]:
    """A server with ordinary users, an administrator and a restricted one."""
    with standin_here() as running:
        lab, private = running.group("secret-lab"), running.group("hush-hush", "rw----")
        for kind in schema.kinds():
            running.store.reserve(kind, FIRST_ID)
        running.user("zoe", lab, private)
        running.user("kim", private)
        accounts = running.kernel.accounts
        system = accounts.group_named("system").id
        running.user("boss", system)
        running.user("half", system)
        accounts.set_privileges(
            accounts.user_named("half"), {"ModifyUser", "ModifyGroupMembership", "Sudo"}
        )
        yield running


@pytest.fixture(autouse=True)
def nothing_stays(here: Here) -> Iterator[None]:
    """Whatever a test does to a run: what it made is deleted, and nothing else changed."""
    before = content(here)
    yield
    here.kernel.calls.cancel()
    assert content(here) - before == Counter()
    assert before - content(here) == Counter()


def content(here: Here) -> Counter[str]:
    """How many rows of each type there are."""
    return Counter({
        kind: sum(row.values.get("mimetype") not in OF_THE_SERVER for row in here.store.rows(kind))
        for kind in schema.kinds()
        if kind not in TRACES and not kind.endswith("Job")
    })  # fmt: skip


@pytest.fixture
def variables(here: Here, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, str]]:
    """Sets the environment of a user."""

    def set_for(user: str = "zoe") -> dict[str, str]:
        found = {
            "OMERO_HOST": "127.0.0.1",
            "OMERO_PORT": str(here.port),
            "OMERO_USER": user,
            "OMERO_PASSWORD": PASSWORD,
            "OMERO_SECOND_USER": "kim",
            "OMERO_SECOND_PASSWORD": PASSWORD,
        }
        for name, value in found.items():
            monkeypatch.setenv(name, value)
        return found

    return set_for


@pytest.fixture
def record(
    variables: Callable[..., dict[str, str]], tmp_path: Path
) -> Callable[..., list[dict[str, Any]]]:
    """Records as a user; the lines of the file `calls.jsonl`."""

    def recorded(*rows: str, user: str = "zoe", more: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        variables(user)
        path = tmp_path / "calls.jsonl"
        assert main(["record", str(path), *chosen(rows), *more]) == 0
        return [json.loads(line) for line in path.read_text().splitlines()]

    return recorded


def chosen(rows: tuple[str, ...]) -> list[str]:
    """The options for some rows; none for all."""
    return [word for row in rows for word in ("--row", row)]


def calls(lines: list[dict[str, Any]], row: str) -> list[dict[str, Any]]:
    """The calls of a row."""
    return [line for line in lines if line.get("row") == row and "call" in line]


# --- against itself


@pytest.mark.parametrize(
    ("user", "rows", "left_out"),
    [
        ("zoe", BUT_IMPORT, {"B2", "B3", "B8", "B10p", "B11", "B18", "B23", "P9"}),
        ("boss", ("B2", "B2b", "B3", "B6", "B8", "B10p", "B11", "B18", "P9"), {"B2b"}),
        ("half", ("B3", "B23", "P9"), {"B3"}),
    ],
)
def test_the_stand_in_answers_as_itself(
    record: Callable[..., list[dict[str, Any]]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    user: str,
    rows: tuple[str, ...],
    left_out: set[str],
) -> None:
    lines = record(*rows, user=user)
    head, *body, end = lines
    assert (head["catalogue"], head["server"]) == (VERSION, "5.6.18-standin")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", head["date"])
    assert end == {"end": len(body)}
    assert {line["row"] for line in body if "left out" in line} == left_out
    assert all(line["left out"].startswith("it needs a") for line in body if "left out" in line)
    assert [line["ended by"] for line in body if "ended by" in line] == []
    # Progress by row, and why one is left out.
    said = capsys.readouterr().err
    for row in {line["row"] for line in body}:
        assert re.search(rf" {row} +(\d+ calls|left out: it needs a)", said), row
    # Accounts of the same kind are made for the comparison.
    assert main(["replay", str(tmp_path / "calls.jsonl"), *chosen(rows)]) == 0
    assert capsys.readouterr().out.startswith("0 differences in")


def test_each_kind_of_wrong_answer_that_was_once_given_has_a_row() -> None:
    ids = {row.id for row in ROWS}
    assert {f"B{number}" for number in range(1, 26)} <= ids
    assert len(ids) == len(ROWS)


def test_a_file_says_nothing_of_the_site(
    here: Here, record: Callable[..., list[dict[str, Any]]], tmp_path: Path
) -> None:
    keys: list[str] = []
    opened = here.kernel.sessions.create

    def noted(*arguments: Any, **more: Any) -> Any:
        session = opened(*arguments, **more)
        keys.append(session.uuid)
        return session

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(here.kernel.sessions, "create", noted)
        record()
    text = (tmp_path / "calls.jsonl").read_text()
    assert len(keys) >= 3
    for secret in ("zoe", "kim", "Zoe", PASSWORD, "secret-lab", "hush-hush", "127.0.0.1", *keys):
        assert secret not in text, secret
    assert PREFIX not in text
    # All ids of the server have seven digits.
    assert re.findall(r"(?<!\d)76\d{5}(?!\d)", text) == []
    assert str(here.kernel.data.root) not in text


def test_the_same_object_has_the_same_symbol(record: Callable[..., list[dict[str, Any]]]) -> None:
    lines = record("P5")
    saved, read, *_ = calls(lines, "P5")
    assert saved["answer"] == [each["ImageAnnotationLink"] for each in read["answer"]]
    assert len(set(saved["answer"])) == 2
    assert {each["details"]["owner"]["Experimenter"] for each in read["answer"]} == {"me"}


# --- faults that must be found


def empty(_self: Any, _call: Any, *_given: Any) -> list[Any]:
    return []


def deletes_all(work: Any, request: Any) -> Any:
    """A Delete2 that ignores its options."""
    request.childOptions = None
    return delete(work, request)


FAULTS: Final = {
    "an annotation is missing": ("B1", "answer[0][0]", "1", "0"),
    "a list is empty": ("P5", "answer", "ImageAnnotationLink", "[]"),
    "another exception": ("B6", "raises", '"SecurityViolation"', '"ValidationException"'),
    "an exception where there was an answer": ("B4", "raises", "(nothing)", '"InternalException"'),
    "an answer where there was an exception": (
        "B18",
        "raises",
        '"ValidationException"',
        "(nothing)",
    ),
    "another number": ("B14", "answer", "0", "1"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_seeded_fault_is_found(
    here: Here,
    record: Callable[..., list[dict[str, Any]]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    fault: str,
) -> None:
    row, where, before, after = FAULTS[fault]
    record(row, "B16", user="boss" if row == "B18" else "zoe")
    with pytest.MonkeyPatch.context() as patch:
        seed(here, patch, fault)
        capsys.readouterr()
        address = f"127.0.0.1:{here.port}"
        code = main(["replay", str(tmp_path / "calls.jsonl"), "--address", address])
    said = capsys.readouterr().out
    assert code == 1, said
    assert re.search(
        rf"^{row} .*\n(?s:.)*    {re.escape(where)}(.|\n)*?recorded: .*{re.escape(before)}.*\n"
        rf" +here: +.*{re.escape(after)}",
        said,
        re.MULTILINE,
    ), said
    assert "\nB16 " not in f"\n{said}"


def seed(here: Here, patch: pytest.MonkeyPatch, fault: str) -> None:
    """Make the stand-in answer wrongly."""
    if fault == "an annotation is missing":
        patch.setitem(COMMANDS, omero.cmd.Delete2, deletes_all)
    elif fault == "a list is empty":
        patch.setattr(QueryService, "findAllByQuery", empty)
    elif fault == "another exception":
        order(here, call="IQuery.*", kind="refused", error="ValidationException", user="kim")
    elif fault == "an exception where there was an answer":
        order(here, call="IUpdate.saveAndReturnArray", kind="refused", error="InternalException")
    elif fault == "an answer where there was an exception":
        patch.setattr(Scripts, "editScript", lambda *_: None)
    else:
        found = omero.api.RoiResult()
        found.rois = [omero.model.RoiI()]
        patch.setattr(RoiService, "findByImage", lambda *_: found)


def order(here: Here, *, call: str, kind: str, error: str = Fault.error, user: str = "zoe") -> None:
    """A fault for the next calls of a user."""
    number = here.kernel.accounts.user_named(user).id
    here.kernel.calls.order(Fault(call, kind, session=str(number), times=9, error=error))


# --- what goes wrong in a run


def test_a_row_that_fails_is_recorded_and_the_next_ones_run(
    here: Here, record: Callable[..., list[dict[str, Any]]]
) -> None:
    here.kernel.calls.order(Fault("IUpdate.saveAndReturnIds", "lost"))
    here.kernel.calls.order(Fault("IUpdate.saveAndReturnArray", "refused", error="ResourceError"))
    lines = record("P5", "B4", "B15")
    assert {line["row"]: line["ended by"] for line in lines if "ended by" in line} == {
        "P5": "RemovedSessionException",
        "B4": "ResourceError",
    }
    assert [line["raises"] for line in calls(lines, "B4")] == ["ResourceError"]
    assert "answer" in calls(lines, "B15")[0]


def test_each_call_has_an_end(here: Here, record: Callable[..., list[dict[str, Any]]]) -> None:
    here.kernel.calls.order(Fault("IUpdate.saveAndReturnArray", "slow", seconds=3))
    began = time.monotonic()
    lines = record("B4", "B15", more=("--seconds", "1"))
    assert calls(lines, "B4")[0]["raises"] == "InvocationTimeoutException"
    assert "answer" in calls(lines, "B15")[0]
    assert time.monotonic() - began < 30
    # What the server saves after nobody waited any more is found by the next one who cleans.
    wait(lambda: here.kernel.calls.counts().get("IUpdate.saveAndReturnArray", 0) > 0)
    time.sleep(2.5)
    assert main(["record", "--clean"]) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_deletes_what_it_made(
    here: Here,
    variables: Callable[..., dict[str, str]],
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    before = content(here)
    # Slow from the first query of the second row on: by then there are containers and images.
    here.kernel.calls.order(Fault("IQuery.projection", "slow", seconds=2, times=50))
    path = tmp_path / "calls.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "omero_standin", "record", str(path), "--row", "P2"],
        env=os.environ | variables(),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait(lambda: made(here) >= 5)
        process.send_signal(number)
        here.kernel.calls.cancel()
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, said
    assert said.endswith("omero-standin record: interrupted\n")
    assert made(here) == 0
    assert content(here) == before
    assert list(tmp_path.iterdir()) == []


def made(here: Here) -> int:
    """How many objects have the name of a run."""
    named = [*here.store.rows("Project"), *here.store.rows("Dataset"), *here.store.rows("Image")]
    return sum(str(row.values.get("name")).startswith(PREFIX) for row in named)


def wait(condition: Callable[[], bool], seconds: float = 120) -> None:
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_leftovers_of_a_killed_run_are_deleted_on_demand(
    here: Here, variables: Callable[..., dict[str, str]]
) -> None:
    variables()
    zoe = here.kernel.accounts.user_named("zoe").id
    kim = here.kernel.accounts.user_named("kim").id
    group = here.kernel.accounts.group_named("secret-lab").id
    left = here.add("Project", zoe, group, name=f"{PREFIX}0a1b2c3d-project")
    own = here.add("Project", zoe, group, name="my project")
    others = here.add("Project", kim, group, name=f"{PREFIX}0a1b2c3d-project")
    try:
        assert main(["record", "--clean"]) == 0
        assert [here.exists(row) for row in (left, own, others)] == [False, True, True]
    finally:
        for row in (own, others):
            here.store.delete(row)


# --- what a person may do wrong


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What the command says when it cannot run."""
    capsys.readouterr()
    assert main(list(arguments)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    return said.err


def test_other_files_are_refused(
    record: Callable[..., list[dict[str, Any]]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = record("B16")
    path = tmp_path / "other.jsonl"

    def said(*changed: dict[str, Any]) -> str:
        path.write_text("".join(json.dumps(each) + "\n" for each in changed))
        return refused(capsys, "replay", str(path))

    head, *rest = lines
    assert f"recorded with catalogue 99, this is catalogue {VERSION}" in said(
        head | {"catalogue": 99}, *rest
    )
    assert "is not whole" in said(head, *rest[:-1])
    assert "is not a recording" in said({"a": 1})
    assert "first line that cannot be read" in said(head | {"situation": {}}, *rest)
    path.write_bytes(b"\xff\xfe\x00binary")
    assert "is not a recording" in refused(capsys, "replay", str(path))
    path.write_text("no json")
    assert "is not a recording" in refused(capsys, "replay", str(path))
    assert "No such file" in refused(capsys, "replay", str(tmp_path / "none"))
    # A recording is never written over.
    assert "exists already" in refused(capsys, "record", str(path))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("OMERO_HOST", None, "set the environment variable OMERO_HOST"),
        ("OMERO_USER", None, "set the environment variable OMERO_USER"),
        ("OMERO_PASSWORD", None, "set the environment variable OMERO_PASSWORD"),
        ("OMERO_SECOND_PASSWORD", None, "set the environment variable OMERO_SECOND_PASSWORD"),
        ("OMERO_PASSWORD", "wrong", "refused the user zoe"),
        ("OMERO_PORT", "1", "does not answer"),
        ("OMERO_PORT", "http", "must be a number from 1 to 65535"),
        ("OMERO_SECOND_USER", "zoe", "must name another user"),
        ("OMERO_SECOND_USER", "boss", "must not be an administrator"),
    ],
)
def test_accounts_that_do_not_work(
    variables: Callable[..., dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str | None,
    message: str,
) -> None:
    variables()
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    if value is None:
        monkeypatch.delenv(name)
    else:
        monkeypatch.setenv(name, value)
    said = refused(capsys, "record", str(tmp_path / "calls.jsonl"), "--row", "B16")
    assert message in said
    assert PASSWORD not in said
    assert list(tmp_path.iterdir()) == []


def test_a_person_is_asked(
    variables: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    variables()
    for name in ("OMERO_HOST", "OMERO_USER", "OMERO_PASSWORD", "OMERO_SECOND_USER"):
        monkeypatch.delenv(name)

    class Terminal:
        """Answers the two questions."""

        answers: Final = ["127.0.0.1\n", "zoe\n"]

        def isatty(self) -> bool:
            """It is one."""
            return True

        def readline(self) -> str:
            """The next answer."""
            return self.answers.pop(0)

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: PASSWORD)
    assert main(["record", str(tmp_path / "calls.jsonl"), "--row", "B16"]) == 0


def test_help_and_rows_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("record", "replay"):
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0
        said = capsys.readouterr().out
        assert "OMERO_PASSWORD" in said
        assert "--password" not in said
    assert main(["record", "--list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(ROWS)
    assert "there is no row Z1" in refused(capsys, "record", "--row", "Z1")

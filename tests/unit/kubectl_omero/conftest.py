"""A kubectl that is none: it answers from a table, and writes down what it was asked."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_FAKE = """#!{python} -IS
# A fake of kubectl for tests.
import json, sys
from pathlib import Path
here = Path({folder!r})
asked = [each for each in sys.argv[1:] if not each.startswith("--namespace=")]
with (here / "asked").open("a") as file:
    file.write(json.dumps(sys.argv[1:]) + chr(10))
if "--filename=-" in asked:
    with (here / "sent").open("a") as file:
        file.write(json.dumps(sys.stdin.read()) + chr(10))
for words, answer in json.loads((here / "answers.json").read_text()):
    if asked[: len(words)] == words:
        if answer["after"] and not (here / answer["after"]).exists():
            continue
        if not any(word.startswith("--dry-run") for word in asked):
            (here / asked[0]).touch()
        sys.stdout.write(answer.get("out", ""))
        sys.stderr.write(answer.get("err", ""))
        sys.exit(answer.get("code", 0))
sys.exit(f"error: the fake has no answer to {{asked}}")
"""


class FakeKubectl:
    """Answers by the first words of a call."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._answers: list[tuple[list[str], dict[str, Any]]] = []
        program = folder / "kubectl"
        program.write_text(_FAKE.format(python=sys.executable, folder=str(folder)))
        program.chmod(0o755)
        self.answers("config", "view", out="omero")

    def answers(self, *words: str, out: Any = "", err: str = "", code: int = 0) -> None:
        """Say what it prints for calls that begin with these words."""
        text = out if isinstance(out, str) else json.dumps(out)
        self._insert(list(words), {"out": text, "err": err, "code": code, "after": ""})

    def then(self, command: str, *words: str, out: Any) -> None:
        """Say what it prints for calls that begin with these words once a command was called."""
        answer = {"out": json.dumps(out), "err": "", "code": 0, "after": command}
        self._insert(list(words), answer)

    def fails_after(self, command: str, *words: str, err: str) -> None:
        """Say what it complains of in calls that begin with these words, after a command."""
        self._insert(list(words), {"out": "", "err": err, "code": 1, "after": command})

    def _insert(self, words: list[str], answer: dict[str, Any]) -> None:
        self._answers.insert(0, (words, answer))
        (self._folder / "answers.json").write_text(json.dumps(self._answers))

    def asked(self) -> list[list[str]]:
        """Every call, with its namespace."""
        return self._lines("asked")

    def sent(self) -> list[str]:
        """What came to it by standard input, call by call."""
        return self._lines("sent")

    def _lines(self, name: str) -> list[Any]:
        return [json.loads(line) for line in (self._folder / name).read_text().splitlines()]


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeKubectl:
    """A fake kubectl, first on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return FakeKubectl(folder)


@pytest.fixture
def platform() -> Callable[..., dict[str, Any]]:
    """Makes a platform as the cluster would show it."""

    def made(name: str = "demo", ready: str = "True", **status: Any) -> dict[str, Any]:
        reason, message = ("AllReady", "") if ready == "True" else ("WebNotReady", "web: no pod")
        condition = {
            "type": "Ready",
            "status": ready,
            "reason": reason,
            "message": message,
            "lastTransitionTime": "2026-11-30T10:00:00Z",
        }
        return {
            "metadata": {"name": name, "namespace": "omero", "generation": 3},
            "spec": {},
            "status": {"observedGeneration": 3, "conditions": [condition], **status},
        }

    return made

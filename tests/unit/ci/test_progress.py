"""What `make demo` prints while it waits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from omero_ci import progress
from omero_ci.kubectl import Kubectl
from tools.common import wait
from tools.common.errors import CommandError


class Script(Kubectl):
    """Answers with one status after the other; the last one stays."""

    def __init__(self, *statuses: dict[str, str], observed: int = 3) -> None:
        super().__init__(Path("nowhere"))
        object.__setattr__(self, "statuses", list(statuses))
        object.__setattr__(self, "observed", observed)

    def get(self, namespace: str | None, *what: str) -> dict[str, Any]:
        statuses: list[dict[str, str]] = self.__dict__["statuses"]
        current = statuses.pop(0) if len(statuses) > 1 else statuses[0]
        conditions = [
            {"type": kind, "status": status, "reason": "Because", "message": f"{kind} is {status}"}
            for kind, status in current.items()
        ]
        return {
            "metadata": {"generation": 3, "name": "omero"},
            "status": {"observedGeneration": self.__dict__["observed"], "conditions": conditions},
        }


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wait.time, "sleep", lambda _: None)


def test_each_condition_is_printed_when_it_turns(capsys: pytest.CaptureFixture[str]) -> None:
    kubectl = Script(
        {"Ready": "False", "RedisReady": "False"},
        {"Ready": "False", "RedisReady": "True"},
        {"Ready": "True", "RedisReady": "True"},
    )
    progress.wait_until_ready(kubectl, "omero-demo", "omero", within=5)
    printed = [
        line.split("]   ")[1].split()[:2] for line in capsys.readouterr().out.splitlines()[1:]
    ]
    assert printed == [
        ["Ready", "False"],
        ["RedisReady", "False"],
        ["RedisReady", "True"],
        ["Ready", "True"],
    ]


def test_a_status_of_an_older_spec_is_not_believed() -> None:
    with pytest.raises(CommandError, match="omeroplatform/omero is not Ready: not within"):
        progress.wait_until_ready(Script({"Ready": "True"}, observed=2), "x", "omero", within=0.01)

"""What is wrong outside the site: no cluster, one that goes away, nobody who answers."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kubectl_omero import kubectl as kubectl_module
from kubectl_omero import smoke, waiting
from kubectl_omero.cli import main
from kubectl_omero.platforms import KIND

if TYPE_CHECKING:
    from conftest import FakeKubectl

Make = Callable[..., dict[str, Any]]

# As kubectl 1.34 says it.
NO_CONTEXT = "error: current-context must exist in order to minify\n"
REFUSED = (
    'E1201 05:17:18.039789   29988 memcache.go:265] "Unhandled Error" err="couldn\'t get current '
    'server API group list: dial tcp 127.0.0.1:9: connect: connection refused"\n'
    "The connection to the server 127.0.0.1:9 was refused - did you specify the right host or "
    "port?\n"
)


class Person(io.StringIO):
    """Somebody at a terminal."""

    def isatty(self) -> bool:
        return True

    def readline(self, *_: Any) -> str:
        raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is waited for is there already."""
    monkeypatch.setattr(waiting, "_PAUSE_SECONDS", 0)


def test_no_cluster_is_chosen(kubectl: FakeKubectl, capsys: Any) -> None:
    kubectl.answers("config", "view", err=NO_CONTEXT, code=1)
    assert main(["status"]) == 2
    said = capsys.readouterr().err
    assert "kubectl config use-context NAME" in said and "--context" in said


def test_in_a_pod_the_namespace_is_that_of_the_pod(
    kubectl: FakeKubectl, platform: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kubectl.answers("config", "view", err=NO_CONTEXT, code=1)
    (tmp_path / "namespace").write_text("lab")
    monkeypatch.setattr(kubectl_module, "_NAMESPACE_OF_POD", tmp_path / "namespace")
    kubectl.answers("get", KIND, "demo", out=platform())
    kubectl.answers("annotate")
    assert main(["pause", "demo"]) == 0
    assert kubectl.asked()[-1][0] == "--namespace=lab"


def test_of_kubectls_log_only_the_end_is_shown(kubectl: FakeKubectl, capsys: Any) -> None:
    kubectl.answers("get", KIND, err=REFUSED, code=1)
    assert main(["status"]) == 2
    said = capsys.readouterr().err
    assert said == f"kubectl-omero: {REFUSED.splitlines()[1]}\n"


def test_a_cluster_that_goes_away_is_waited_for(
    kubectl: FakeKubectl, platform: Make, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubectl.answers("get", KIND, "demo", out=platform())
    kubectl.answers("patch")
    kubectl.answers("get", "pods", out={"items": []})
    asleep = platform()
    asleep["status"]["conditions"][0]["reason"] = "Hibernated"
    # After the change it does not answer; after the first pause it does.
    kubectl.fails_after("patch", "get", KIND, "demo", err=REFUSED)
    monkeypatch.setattr(
        waiting.time, "sleep", lambda _: kubectl.answers("get", KIND, "demo", out=asleep)
    )
    assert main(["hibernate", "demo", "--wait"]) == 0
    said = capsys.readouterr().out
    assert "does not answer, trying again: The connection to the server" in said
    assert said.endswith("done\n")


def test_one_that_stays_away_ends_the_wait(
    kubectl: FakeKubectl, platform: Make, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "_AWAY_SECONDS", -1.0)
    kubectl.answers("get", KIND, "demo", out=platform())
    kubectl.answers("patch")
    kubectl.fails_after("patch", "get", KIND, "demo", err=REFUSED)
    assert main(["hibernate", "demo", "--wait"]) == 2
    assert "was refused" in capsys.readouterr().err


def test_who_does_not_wait_is_told_that_it_goes_on(
    kubectl: FakeKubectl, platform: Make, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    kubectl.answers("get", KIND, "demo", out=platform())
    kubectl.answers("patch")
    kubectl.answers("get", "pods", out={"items": []})
    monkeypatch.setattr(waiting.time, "sleep", interrupted)
    assert main(["hibernate", "demo", "--wait"]) == 130
    assert "goes on by itself" in capsys.readouterr().err


def test_a_question_that_is_interrupted_is_answered_with_no(
    kubectl: FakeKubectl, platform: Make, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubectl.answers("get", KIND, "demo", out=platform(release={"version": "0.1.0"}))
    monkeypatch.setattr(sys, "stdin", Person())
    assert main(["upgrade", "demo", "--to", "0.2.0", "--without-plan"]) == 0
    assert capsys.readouterr().out.endswith("[y/N] \nnothing was changed\n")
    assert all("patch" not in call for call in kubectl.asked())


def test_nobody_is_asked_for_a_password_without_a_terminal(
    kubectl: FakeKubectl, platform: Make, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMERO_PASSWORD", raising=False)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    kubectl.answers("get", KIND, "demo", out=platform(url="https://omero.example.org"))
    assert main(["smoke", "demo", "--user", "eve"]) == 2
    assert "give --password-file, or set OMERO_PASSWORD" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://omero.example.org:8080", True),
        ("http://omero.localhost:8080", False),
        ("http://[::1]:8080", False),
        ("https://omero.example.org", False),
    ],
)
def test_a_password_that_goes_without_tls_is_told_before_it_is_asked_for(
    kubectl: FakeKubectl,
    platform: Make,
    capsys: Any,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    told: bool,
) -> None:
    monkeypatch.delenv("OMERO_PASSWORD", raising=False)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    kubectl.answers("get", KIND, "demo", out=platform(url=url))
    assert main(["smoke", "demo", "--user", "eve"]) == 2
    assert (f"{url} has no TLS" in capsys.readouterr().err) is told


@pytest.mark.parametrize("answer", ["{}", '{"meta": []}', '{"meta": {}}'])
def test_an_answer_of_something_else_is_a_failed_check(
    monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    site = smoke.Site("https://omero.example.org", smoke.ssl.create_default_context())
    monkeypatch.setattr(site, "_asked", lambda *_: answer)
    for check in (site.projects, lambda: site.log_in("eve", "x")):
        with pytest.raises(smoke.FailedError, match="answers without"):
            check()


def test_a_terminal_without_the_letters_of_a_message(
    kubectl: FakeKubectl, platform: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", said)
    made = platform(ready="False")
    made["status"]["conditions"][0]["message"] = "Größe 核"
    kubectl.answers("get", KIND, "demo", out=made)
    kubectl.answers("get", out={"items": []})
    kubectl.answers("get", KIND, "demo", out=made)
    assert main(["status", "demo"]) == 1
    said.flush()
    assert b"Gr\\xf6\\xdfe \\u6838" in said.buffer.getvalue()

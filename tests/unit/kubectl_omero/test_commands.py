"""Commands against a fake kubectl: which calls they make, what they print, how they end."""

from __future__ import annotations

import base64
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kubectl_omero.cli import COMMANDS, main
from kubectl_omero.platforms import KIND

if TYPE_CHECKING:
    from conftest import FakeKubectl

Make = Callable[..., dict[str, Any]]
NOTHING: dict[str, Any] = {"items": []}
SECRET = "a-password-of-the-site"


@pytest.fixture
def empty(kubectl: FakeKubectl) -> FakeKubectl:
    """A cluster whose lists are empty."""
    kubectl.answers("get", out=NOTHING)
    return kubectl


def test_a_ready_site(empty: FakeKubectl, platform: Make, capsys: Any) -> None:
    growing = {"claim": "demo-db", "growth": "from 10Gi to 20Gi: the storage driver works"}
    volumes = [growing, {"claim": "demo-server", "growth": ""}]
    shown = platform(url="https://omero.example.org", dataVolumes=volumes)
    empty.answers("get", KIND, out={"items": [shown]})
    assert main(["status"]) == 0
    said = capsys.readouterr().out
    assert said.count("Growing") == 1 and "demo-db from 10Gi to 20Gi" in said
    assert "OmeroPlatform omero/demo" in said and "https://omero.example.org" in said
    assert "no warnings in the last hour" in said


@pytest.mark.parametrize(
    "change", [{"ready": "False"}, {"ready": "Unknown"}, {"observedGeneration": 2}]
)
def test_one_that_is_not(
    empty: FakeKubectl, platform: Make, capsys: Any, change: dict[str, Any]
) -> None:
    empty.answers("get", KIND, "demo", out=platform(**change))
    assert main(["status", "demo", "--namespace", "omero"]) == 1
    assert capsys.readouterr().out


def test_why_a_container_ended_and_what_another_waits_for(
    empty: FakeKubectl, platform: Make, capsys: Any
) -> None:
    empty.answers("get", KIND, out={"items": [platform()]})
    ended = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
    waiting = {"waiting": {"reason": "ImagePullBackOff"}}
    statuses = [
        {"name": "server", "ready": True, "restartCount": 4, "lastState": ended},
        {"name": "side", "ready": False, "restartCount": 0, "state": waiting},
    ]
    pod = {
        "metadata": {"name": "demo-server-0", "creationTimestamp": "2026-11-30T10:00:00Z"},
        "spec": {"containers": [{}, {}]},
        "status": {"phase": "Running", "containerStatuses": statuses},
    }
    empty.answers("get", "pods", out={"items": [pod]})
    main(["status"])
    said = capsys.readouterr().out
    assert "server ended with 137 OOMKilled" in said and "side waits: ImagePullBackOff" in said


@pytest.mark.parametrize(
    ("found", "words"),
    [([], "there is no OmeroPlatform"), (["a", "b"], "several OmeroPlatforms (a, b): name one")],
)
def test_which_site_is_meant(
    kubectl: FakeKubectl, platform: Make, capsys: Any, found: list[str], words: str
) -> None:
    kubectl.answers("get", KIND, out={"items": [platform(name) for name in found]})
    assert main(["status"]) == 2
    assert words in capsys.readouterr().err


def test_a_cluster_without_the_operator(kubectl: FakeKubectl, capsys: Any) -> None:
    err = 'error: the server doesn\'t have a resource type "omeroplatforms"\n'
    kubectl.answers("get", KIND, err=err, code=1)
    assert main(["status"]) == 2
    assert "Is the OMERO operator installed" in capsys.readouterr().err


def test_a_machine_without_kubectl(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert main(["status"]) == 2
    assert "install kubectl" in capsys.readouterr().err


def test_flags_go_to_kubectl(kubectl: FakeKubectl, platform: Make) -> None:
    kubectl.answers("--context=prod", "--as=eve", "get", KIND, "demo", out=platform())
    kubectl.answers("--context=prod", "--as=eve", "annotate", out="")
    assert main(["pause", "demo", "--context", "prod", "--as", "eve", "-n", "lab"]) == 0
    flags = ["--context=prod", "--as=eve", "--namespace=lab"]
    assert all(call[:3] == flags for call in kubectl.asked())
    assert kubectl.asked()[-1][3:5] == ["annotate", KIND]


def test_a_paused_site_is_not_told_to_hibernate(
    kubectl: FakeKubectl, platform: Make, capsys: Any
) -> None:
    paused = platform()
    paused["metadata"]["annotations"] = {"platform.omero.dev/paused": "true"}
    kubectl.answers("get", KIND, "demo", out=paused)
    assert main(["hibernate", "demo"]) == 2
    assert "first `kubectl omero resume`" in capsys.readouterr().err
    assert not any("patch" in call for call in kubectl.asked())


def test_logs_of_a_component_that_is_not_there(
    kubectl: FakeKubectl, platform: Make, capsys: Any
) -> None:
    kubectl.answers("get", KIND, "demo", out=platform())
    pod = {"metadata": {"labels": {"app.kubernetes.io/component": "web"}}}
    kubectl.answers("get", "pods", out={"items": [pod]})
    assert main(["logs", "demo", "-c", "wbe"]) == 2
    assert "it has web" in capsys.readouterr().err


def test_a_plan_is_tried_by_the_person_and_told_by_the_operator(
    kubectl: FakeKubectl, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "platform.yaml"
    file.write_text("kind: OmeroPlatform\n")
    place = {"metadata": {"namespace": "omero-system", "name": "operator"}}
    kubectl.answers("get", "deployments", out={"items": [place]})
    kubectl.answers("apply", "--dry-run=server", out="{}")
    said = "Defaulted container\ncommand terminated with exit code 1\n"
    kubectl.answers("exec", out="+++ plan\n", err=said, code=1)
    assert main(["plan", "-f", str(file)]) == 1
    # There are differences, and that is no error.
    assert capfd.readouterr() == ("+++ plan\n", "Defaulted container\n")
    (called,) = (call for call in kubectl.asked() if "exec" in call)
    assert called[0] == "--namespace=omero-system"
    kubectl.answers("apply", "--dry-run=server", err="error: storage: must not shrink", code=1)
    assert main(["plan", "-f", str(file)]) == 2


def _bundle(kubectl: FakeKubectl, platform: Make, file: Path, *more: str) -> int:
    kubectl.answers("get", out=NOTHING)
    kubectl.answers("describe", out=f"Events: login with {SECRET} failed")
    kubectl.answers("version", out="{}")
    kubectl.answers("get", KIND, out={"items": [platform()]})
    data = {"password": base64.b64encode(SECRET.encode()).decode()}
    kubectl.answers("get", "secrets", out={"items": [{"metadata": {"name": "db"}, "data": data}]})
    status = [{"name": "web", "restartCount": 1}]
    pod = {"metadata": {"name": "demo-web-1"}, "status": {"containerStatuses": status}}
    kubectl.answers("get", "pods", out={"items": [pod]})
    kubectl.answers("logs", out=f"connecting as omero:{SECRET}@db\n")
    return main(["bundle", "--output", str(file), *more])


def test_a_bundle_has_no_value_of_a_secret(
    kubectl: FakeKubectl, platform: Make, tmp_path: Path
) -> None:
    file = tmp_path / "out.tar.gz"
    assert _bundle(kubectl, platform, file) == 0
    with tarfile.open(file) as archive:
        texts = {
            each.name: archive.extractfile(each).read().decode()  # type: ignore[union-attr]
            for each in archive
            if each.isfile()
        }
    assert "out/logs/demo-web-1/web.previous.log" in texts
    assert texts["out/logs/demo-web-1/web.log"] == "connecting as omero:[value of db/password]@db\n"
    encoded = base64.b64encode(SECRET.encode()).decode()
    assert not [name for name, text in texts.items() if SECRET in text or encoded in text]
    # What could not be had is said: this cluster has no operator.
    assert "operator" in json.loads(texts["out/bundle.json"])["missing"]


def test_a_bundle_overwrites_nothing(kubectl: FakeKubectl, platform: Make, tmp_path: Path) -> None:
    file = tmp_path / "out.tar.gz"
    file.write_text("mine")
    assert _bundle(kubectl, platform, file) == 2
    assert file.read_text() == "mine"


def test_no_bundle_without_the_right_to_look_for_secrets(
    kubectl: FakeKubectl, platform: Make, tmp_path: Path, capsys: Any
) -> None:
    _bundle(kubectl, platform, tmp_path / "first.tar.gz")
    err = 'Error from server (Forbidden): secrets is forbidden: User "eve" cannot list'
    kubectl.answers("get", "secrets", err=err, code=1)
    assert main(["bundle", "--output", str(tmp_path / "out.tar.gz")]) == 2
    assert "--without-secret-search" in capsys.readouterr().err
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command: str, capsys: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert "--namespace" in capsys.readouterr().out

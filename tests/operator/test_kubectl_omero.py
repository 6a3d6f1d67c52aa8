"""`kubectl omero` with the real kubectl, an API server and an operator; pods are played."""

from __future__ import annotations

import base64
import json
import signal
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kubectl_omero.cli import main
from omero_ci.paths import path_with_tools
from omero_operator.identity.kinds import PLATFORM, SECRET
from operator_ring.children import secrets
from operator_ring.rotation import rotated
from operator_ring.shared_site import HOST, SharedSite

Omero = Callable[..., int]


@pytest.fixture
def omero(shared: SharedSite, monkeypatch: pytest.MonkeyPatch) -> Omero:
    """Runs a command for the shared site."""
    monkeypatch.setenv("PATH", path_with_tools())

    def run(command: str, *arguments: str) -> int:
        where = ("--kubeconfig", str(shared.kube.kubeconfig), "--namespace", shared.namespace)
        return main([command, *where, *arguments])

    return run


def test_status(omero: Omero, shared: SharedSite, capsys: pytest.CaptureFixture[str]) -> None:
    assert omero("status") == 0
    said = capsys.readouterr().out
    assert f"OmeroPlatform {shared.namespace}/site" in said
    assert "State     ready" in said and HOST in said
    assert "site-server-0" in said


def test_a_pause_is_seen_and_ends(omero: Omero, shared: SharedSite) -> None:
    assert omero("pause", "--wait") == 0
    try:
        assert omero("hibernate") == 2
        assert shared.platform()["spec"]["hibernated"] is False
    finally:
        assert omero("resume", "--wait") == 0
    assert omero("resume") == 0


def test_hibernation_and_return(omero: Omero, shared: SharedSite) -> None:
    before = shared.platform()["spec"]
    try:
        assert omero("hibernate", "--wait", "--timeout", "60") == 0
        assert shared.platform()["spec"]["hibernated"] is True
        assert omero("status") == 1
    finally:
        assert omero("wake", "--wait", "--timeout", "60") == 0
    assert shared.platform()["spec"] == before


def test_rotation(omero: Omero, shared: SharedSite, capsys: pytest.CaptureFixture[str]) -> None:
    before = secrets(shared.kube, shared.namespace, "site")
    assert omero("rotate", "--list") == 0
    names = capsys.readouterr().out.split()
    assert "site-redis-credentials" in names
    assert omero("rotate", "--only", "site-root-credentials") == 2
    assert secrets(shared.kube, shared.namespace, "site") == before
    assert omero("rotate", "--only", "site-redis-credentials", "--wait") == 0
    after = secrets(shared.kube, shared.namespace, "site")
    assert rotated(before, after) == {"site-redis-credentials"}


def test_a_backup_now(omero: Omero, shared: SharedSite) -> None:
    assert omero("backup") == 2
    shared.edit({"backup": {"enabled": True, "claim": "backups"}})
    try:
        assert omero("backup", "--wait", "--timeout", "60") == 0
        last = shared.platform()["status"]["backup"]
        assert last["lastResult"] == "Succeeded"
        # Each is one of its own.
        assert omero("backup", "--wait", "--timeout", "60") == 0
        assert shared.platform()["status"]["backup"]["lastRun"] > last["lastRun"]
    finally:
        shared.edit({"backup": None})
        shared.wait_ready()


def test_a_restore_is_shown_and_tried_before_it_is_made(
    omero: Omero, shared: SharedSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "platform.yaml"
    text = """\
        apiVersion: platform.omero.dev/v1alpha1
        kind: OmeroPlatform
        metadata: {name: lost, namespace: other}
        spec: {backup: {s3: {endpoint: "https://s3.example.org", bucket: ONE,
                             credentialsSecretRef: {name: site-redis-credentials}}}}
    """
    file.write_text(text.replace("ONE", "images"))
    assert omero("restore", "copy", "--filename", str(file), "--dry-run") == 0
    assert "site: other/lost" in capsys.readouterr().out
    # There is nobody to ask, but everything before the question has been done.
    assert omero("restore", "copy", "--filename", str(file)) == 2
    assert "add --yes" in capsys.readouterr().err
    file.write_text(text.replace("ONE", "No_Bucket"))
    assert omero("restore", "copy", "--filename", str(file), "--yes") == 2
    assert "bucket" in capsys.readouterr().err
    names = [each["metadata"]["name"] for each in shared.kube.list(PLATFORM, shared.namespace)]
    assert names == ["site"]


def test_a_wait_that_is_over_says_so(
    omero: Omero, shared: SharedSite, capsys: pytest.CaptureFixture[str]
) -> None:
    """The played kubelet answers at once, so this waits for an operator that stands still."""
    shared.operator.send(signal.SIGSTOP)
    try:
        assert omero("pause", "--wait", "--timeout", "1") == 1
    finally:
        shared.operator.send(signal.SIGCONT)
        assert omero("resume", "--wait") == 0
    assert "what was asked for goes on by itself" in capsys.readouterr().err


def test_a_bundle(omero: Omero, shared: SharedSite, tmp_path: Path) -> None:
    file = tmp_path / "bundle.tar.gz"
    assert omero("bundle", "--output", str(file)) == 0
    with tarfile.open(file) as archive:
        whole = {
            each.name: archive.extractfile(each).read().decode()  # type: ignore[union-attr]
            for each in archive
            if each.isfile()
        }
    assert json.loads(whole["bundle/platform.json"])["metadata"]["name"] == "site"
    assert "site-web" in whole["bundle/objects/deployments.json"]
    secrets = json.loads(whole["bundle/objects/secrets.json"])
    assert "site-root-credentials" in [each["metadata"]["name"] for each in secrets]
    secret = shared.kube.get(SECRET, shared.namespace, "site-root-credentials")
    assert secret is not None
    encoded = secret["data"]["password"]
    for value in (encoded, base64.b64decode(encoded).decode()):
        assert not [name for name, text in whole.items() if value in text]
    # Played pods have no logs, and the operator is no Deployment here: that is said.
    assert json.loads(whole["bundle/bundle.json"])["missing"]

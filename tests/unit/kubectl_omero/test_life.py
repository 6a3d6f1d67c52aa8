"""`backup`, `restore` and `upgrade` against a fake kubectl."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from kubectl_omero import backup, waiting
from kubectl_omero.cli import main
from kubectl_omero.platforms import KIND

if TYPE_CHECKING:
    from conftest import FakeKubectl

Make = Callable[..., dict[str, Any]]
PLACE = {
    "claim": "backups",
    "passphraseSecretRef": {"name": "phrase", "key": "passphrase"},
}
S3 = {
    "endpoint": "https://s3.example.org",
    "bucket": "images",
    "credentialsSecretRef": {"name": "keys"},
    "caSecretRef": {"name": "authority", "key": "ca.crt"},
}


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is waited for is there already."""
    monkeypatch.setattr(waiting, "_PAUSE_SECONDS", 0)
    monkeypatch.setattr(backup, "_PAUSE_SECONDS", 0)


@pytest.fixture
def saved(platform: Make) -> dict[str, Any]:
    """A site that makes backups."""
    made = platform(
        backup={"lastRun": "2026-11-29T01:00:00Z", "lastResult": "Succeeded"},
        release={"version": "0.1.0"},
    )
    made |= {"apiVersion": "platform.omero.dev/v1alpha1", "kind": "OmeroPlatform"}
    made["metadata"]["labels"] = {"team": "imaging"}
    ingress = {"host": "omero.example.org", "className": "traefik"}
    made["spec"] = {"backup": {"enabled": True, **PLACE}, "web": {"ingress": ingress}}
    return made


def changes(kubectl: FakeKubectl) -> list[list[str]]:
    """What was asked of the cluster that changes something."""
    words = {"annotate", "patch", "create", "delete", "apply"}
    asked = [call[1:] for call in kubectl.asked() if words & set(call)]
    return [call for call in asked if not any(each.startswith("--dry-run") for each in call)]


# --- backup ---------------------------------------------------------------------------------------


def test_a_backup_is_asked_for(kubectl: FakeKubectl, saved: dict[str, Any]) -> None:
    kubectl.answers("get", KIND, "demo", out=saved)
    kubectl.answers("annotate")
    assert main(["backup", "demo"]) == 0
    ((_, _, name, word, _),) = changes(kubectl)
    assert (name, word.startswith("platform.omero.dev/backup=20")) == ("demo", True)


@pytest.mark.parametrize(
    ("result", "code", "words"),
    [
        ("Succeeded", 0, "done"),
        ("Failed", 1, "the backup of demo failed: no space left"),
        ("Unknown", 1, "the backup of demo unknown: no space left"),
    ],
)
def test_its_end_is_waited_for(
    kubectl: FakeKubectl, saved: dict[str, Any], capsys: Any, result: str, code: int, words: str
) -> None:
    kubectl.answers("annotate")
    kubectl.answers("get", "pods", out={"items": []})
    later = copy.deepcopy(saved)
    last = {"lastRun": "2026-11-30T09:00:00Z", "lastResult": result, "message": "no space left"}
    later["status"]["backup"] = last
    # The first look is before it was asked for, the next one after.
    kubectl.answers("get", KIND, "demo", out=saved)
    kubectl.then("annotate", "get", KIND, "demo", out=later)
    assert main(["backup", "demo", "--wait", "--follow"]) == code
    said = capsys.readouterr()
    assert words in said.out + said.err


def test_the_run_before_is_not_taken_for_it(kubectl: FakeKubectl, saved: dict[str, Any]) -> None:
    kubectl.answers("annotate")
    kubectl.answers("get", KIND, "demo", out=saved)
    assert main(["backup", "demo", "--wait", "--timeout", "0"]) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"backup": {"enabled": False}}, "spec.backup.enabled is not set"),
        ({"hibernated": True}, "hibernates, so no backup would be made"),
    ],
)
def test_a_site_that_would_make_none_is_not_asked(
    kubectl: FakeKubectl, saved: dict[str, Any], capsys: Any, change: dict[str, Any], words: str
) -> None:
    saved["spec"] |= change
    kubectl.answers("get", KIND, "demo", out=saved)
    assert main(["backup", "demo"]) == 2
    assert words in capsys.readouterr().err
    assert changes(kubectl) == []


CRON_JOB = {
    "spec": {
        "jobTemplate": {
            "metadata": {"labels": {"app.kubernetes.io/component": "backup"}},
            "spec": {
                "backoffLimit": 2,
                "template": {
                    "metadata": {"labels": {"app.kubernetes.io/component": "backup"}},
                    "spec": {
                        "affinity": {"podAffinity": {}},
                        "volumes": [{"name": "data"}, {"name": "store"}],
                        "containers": [
                            {
                                "args": ["run", "--verify"],
                                "volumeMounts": [{"name": "data"}, {"name": "store"}],
                            }
                        ],
                    },
                },
            },
        }
    }
}


@pytest.mark.parametrize(("ended", "code"), [("Complete", 0), ("Failed", 1)])
def test_a_list_is_read_by_a_job_that_goes(
    kubectl: FakeKubectl, saved: dict[str, Any], capsys: Any, ended: str, code: int
) -> None:
    kubectl.answers("get", KIND, "demo", out=saved)
    kubectl.answers("get", "cronjob", "demo-backup", out=CRON_JOB)
    done = {"status": {"conditions": [{"type": ended, "status": "True"}]}}
    kubectl.answers("get", "job", out=done)
    line = "20261130T010000Z-0a1b  images/demo  5 bytes"
    kubectl.answers("logs", out=f"omero-backup: {line}\x1b[2J\n")
    for command in ("create", "delete"):
        kubectl.answers(command)
    assert main(["backup", "demo", "--list"]) == code
    assert capsys.readouterr().out == f"{line} [2J\n"
    made, deleted = changes(kubectl)
    assert (made[0], deleted[:2]) == ("create", ["delete", "job"])
    job = json.loads(kubectl.sent()[-1])
    pod = job["spec"]["template"]["spec"]
    assert job["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "kubectl-omero"}
    assert pod["containers"][0] == {"args": ["list"], "volumeMounts": [{"name": "store"}]}
    assert (pod["volumes"], "affinity" in pod) == ([{"name": "store"}], False)
    # The network policy of backups lets it reach its bucket.
    labels = job["spec"]["template"]["metadata"]["labels"]
    assert labels["app.kubernetes.io/component"] == "backup"


# --- restore --------------------------------------------------------------------------------------


@pytest.fixture
def lab(kubectl: FakeKubectl, saved: dict[str, Any]) -> FakeKubectl:
    """A cluster with the old site, its claim and its Secrets."""
    kubectl.answers("get", "pvc", out={"items": []})
    for kind, name in (("pvc", "backups"), ("secret", "phrase"), ("secret", "keys")):
        kubectl.answers("get", kind, name, out=f"{kind}/{name}\n")
    kubectl.answers("get", KIND, "new", out="")
    kubectl.answers("get", KIND, "demo", out=saved)
    kubectl.answers("create", out="kind: OmeroPlatform\n")
    return kubectl


def test_a_copy_beside_the_old_site(lab: FakeKubectl, capsys: Any) -> None:
    assert main(["restore", "new", "--like", "demo", "--yes"]) == 0
    assert [call[0] for call in changes(lab)] == ["create"]
    made = json.loads(lab.sent()[-1])
    assert made["metadata"] == {
        "name": "new", "namespace": "omero", "labels": {"team": "imaging"},
    }  # fmt: skip
    place = {"backup": "latest", "site": "omero/demo", **PLACE}
    assert made["spec"] == {
        "backup": {"enabled": False, **PLACE},
        "web": {},
        "bootstrap": {"restoreFrom": place},
    }
    said = capsys.readouterr().out
    assert "latest of omero/demo, in claim backups" in said and "new ones, unless" in said


def test_a_copy_takes_the_snapshot_of_the_latest_backup_along(
    lab: FakeKubectl, saved: dict[str, Any], capsys: Any
) -> None:
    snapshot = "demo-backup-20261130t010000z-beef"
    last = {"backup": "20261130T010000Z-beef", "volumeSnapshot": snapshot}
    saved["status"]["backup"] = last
    lab.answers("get", KIND, "demo", out=saved)
    lab.answers("get", "volumesnapshot", snapshot, out="")
    assert main(["restore", "new", "--like", "demo", "--yes"]) == 2
    assert f"volumesnapshot {snapshot} is not in the namespace" in capsys.readouterr().err
    lab.answers("get", "volumesnapshot", snapshot, out=f"volumesnapshot/{snapshot}\n")
    found = []
    for words in ([], ["--backup", "20261129T010000Z-beef"], ["--volume-snapshot", snapshot]):
        assert main(["restore", "new", "--like", "demo", "--yes", *words]) == 0
        made = json.loads(lab.sent()[-1])["spec"]["bootstrap"]["restoreFrom"]
        found.append((made["backup"], made.get("volumeSnapshotName", "")))
    assert found == [
        (last["backup"], snapshot),
        ("20261129T010000Z-beef", ""),
        ("latest", snapshot),
    ]
    assert f"Files    VolumeSnapshot {snapshot}" in capsys.readouterr().out


def test_the_site_itself_once_more(lab: FakeKubectl, saved: dict[str, Any], tmp_path: Any) -> None:
    """After a disaster: by the file from which it was made."""
    lab.answers("get", KIND, "demo", out="")
    file = tmp_path / "platform.yaml"
    file.write_text("kind: OmeroPlatform\n")
    del saved["metadata"]["namespace"], saved["status"]
    saved["spec"]["backup"] = {"enabled": True, "s3": S3}
    lab.answers("create", "--dry-run=client", "--output=json", out=saved)
    lab.answers("get", "secret", "authority", out="secret/authority\n")
    words = ["--filename", str(file), "--backup", "20261130T010000Z-0a1b", "--yes"]
    assert main(["restore", "demo", *words]) == 0
    made = json.loads(lab.sent()[-1])["spec"]
    assert made["bootstrap"]["restoreFrom"] == {"backup": "20261130T010000Z-0a1b", "s3": S3}
    assert made["backup"]["enabled"] is True
    assert made["web"]["ingress"]["host"] == "omero.example.org"


def test_a_dry_run_makes_nothing(lab: FakeKubectl, capsys: Any) -> None:
    words = ["restore", "new", "--like", "demo", "--host", "new.example.org", "--dry-run"]
    assert main(words) == 0
    assert capsys.readouterr().out == "kind: OmeroPlatform\n"
    assert changes(lab) == []
    made = json.loads(lab.sent()[-1])
    ingress = {"host": "new.example.org", "className": "traefik"}
    assert made["spec"]["web"]["ingress"] == ingress


def test_nobody_is_asked_where_nobody_is(lab: FakeKubectl, capsys: Any) -> None:
    assert main(["restore", "new", "--like", "demo"]) == 2
    assert "add --yes, or --dry-run" in capsys.readouterr().err
    assert changes(lab) == []


def _site_there(kubectl: FakeKubectl, _: dict[str, Any]) -> None:
    kubectl.answers("get", KIND, "new", out="omeroplatform/new\n")


def _volumes_left(kubectl: FakeKubectl, _: dict[str, Any]) -> None:
    kubectl.answers("get", "pvc", "--selector=app.kubernetes.io/part-of=omero-platform,"
                    "app.kubernetes.io/instance=new",
                    out={"items": [{"metadata": {"name": "new-db"}}]})  # fmt: skip


def _no_passphrase(kubectl: FakeKubectl, _: dict[str, Any]) -> None:
    kubectl.answers("get", "secret", "phrase", out="")


def _no_place(_: FakeKubectl, saved: dict[str, Any]) -> None:
    saved["spec"]["backup"] = {"enabled": False}


def _shared_volume(_: FakeKubectl, saved: dict[str, Any]) -> None:
    saved["spec"]["server"] = {"storage": {"existingClaim": "images"}}


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (_site_there, "there is a site new already"),
        (_volumes_left, "a site new has left volumes (new-db)"),
        (_no_passphrase, "secret phrase is not in the namespace 'omero'"),
        (_no_place, "does not say where its backups are"),
        (_shared_volume, "spec.server.storage.existingClaim"),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_made(
    lab: FakeKubectl, saved: dict[str, Any], capsys: Any, trouble: Any, words: str
) -> None:
    trouble(lab, saved)
    lab.answers("get", KIND, "demo", out=saved)
    assert main(["restore", "new", "--like", "demo", "--yes"]) == 2
    assert words in capsys.readouterr().err
    assert changes(lab) == []


@pytest.mark.parametrize(
    ("reason", "status", "ready", "code"),
    [("RestoreFailed", "False", "False", 1), ("Restored", "True", "True", 0)],
)
def test_a_restore_is_waited_for(
    lab: FakeKubectl, platform: Make, capsys: Any, reason: str, status: str, ready: str, code: int
) -> None:
    made = platform("new", ready=ready)
    made["status"]["conditions"].append(
        {"type": "Restored", "status": status, "reason": reason, "message": "the store is empty"}
    )
    lab.then("create", "get", KIND, "new", out=made)
    assert main(["restore", "new", "--like", "demo", "--yes", "--wait"]) == code
    said = capsys.readouterr()
    assert ("the store is empty" in said.err) == bool(code)


# --- upgrade --------------------------------------------------------------------------------------


@pytest.fixture
def asked(kubectl: FakeKubectl, saved: dict[str, Any]) -> FakeKubectl:
    """A cluster with an operator that answers with a plan."""
    place = {"metadata": {"namespace": "omero-system", "name": "operator"}}
    kubectl.answers("get", "deployments", out={"items": [place]})
    kubectl.answers("apply", "--dry-run=server", out="{}")
    kubectl.answers("exec", out="--- live/StatefulSet/demo-server\n", code=1)
    kubectl.answers("patch")
    kubectl.answers("get", KIND, "demo", out=saved)
    return kubectl


def test_the_plan_comes_first(asked: FakeKubectl, capfd: Any) -> None:
    assert main(["upgrade", "demo", "--to", "0.2.0", "--yes"]) == 0
    ((_, _, name, _, patch),) = changes(asked)
    assert (name, patch) == ("demo", '--patch={"spec": {"version": "0.2.0"}}')
    said = capfd.readouterr().out
    assert "--- live/StatefulSet/demo-server" in said
    assert "demo from 0.1.0 to 0.2.0" in said and "the last verified one is of never" in said
    assert json.loads(asked.sent()[0])["spec"]["version"] == "0.2.0"


def test_a_plan_that_is_refused_ends_it(asked: FakeKubectl) -> None:
    asked.answers("exec", err="release 0.2.0 cannot follow 0.1.0", code=2)
    assert main(["upgrade", "demo", "--to", "0.2.0", "--yes"]) == 2
    assert changes(asked) == []


@pytest.mark.parametrize(
    "words", [["--dry-run"], ["--dry-run", "--without-plan"]], ids=["plan", "without plan"]
)
def test_a_dry_upgrade_changes_nothing(asked: FakeKubectl, words: list[str]) -> None:
    assert main(["upgrade", "demo", "--to", "0.2.0", *words]) == 0
    assert changes(asked) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"hibernated": True}, "first `kubectl omero wake`"),
        ({"backup": {}}, "would wait without end"),
        ({"upgrade": {"backup": "Skip"}}, "none is waited for"),
    ],
)
def test_what_an_upgrade_waits_for_is_said(
    asked: FakeKubectl, saved: dict[str, Any], capfd: Any, change: dict[str, Any], words: str
) -> None:
    saved["spec"] |= change
    asked.answers("get", KIND, "demo", out=saved)
    main(["upgrade", "demo", "--to", "0.2.0", "--dry-run"])
    said = capfd.readouterr()
    assert words in said.out + said.err


def test_without_a_release_it_says_what_there_is(
    asked: FakeKubectl, saved: dict[str, Any], capsys: Any
) -> None:
    told = "the site runs release 0.1.0; this operator also has release 0.2.0"
    condition = {"type": "Upgrading", "status": "False", "reason": "X", "message": told}
    saved["status"]["conditions"].append(condition)
    asked.answers("get", KIND, "demo", out=saved)
    assert main(["upgrade", "demo"]) == 0
    assert told in capsys.readouterr().out
    assert main(["upgrade", "demo", "--to", "0.1.0"]) == 0
    assert "runs release 0.1.0 already" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("reason", "code"), [("RolledBack", 1), ("UpgradeStopped", 1), ("UpgradeRefused", 1), ("", 0)]
)
def test_an_upgrade_is_waited_for(
    asked: FakeKubectl, saved: dict[str, Any], capfd: Any, reason: str, code: int
) -> None:
    later = copy.deepcopy(saved)
    later["status"]["operation"] = {"from": "0.1.0", "to": "0.2.0"}
    if reason:
        told = {"type": "Upgrading", "status": "False", "reason": reason, "message": "no login"}
        later["status"]["conditions"].append(told)
    else:
        later["status"]["release"] = {"version": "0.2.0"}
    asked.then("patch", "get", KIND, "demo", out=later)
    assert main(["upgrade", "demo", "--to", "0.2.0", "--yes", "--wait"]) == code
    assert ("no login" in capfd.readouterr().err) == bool(code)


def test_an_attempt_can_be_taken_back(
    asked: FakeKubectl, saved: dict[str, Any], capfd: Any
) -> None:
    saved["status"]["operation"] = {"from": "0.1.0", "to": "0.2.0", "outcome": ""}
    asked.answers("get", KIND, "demo", out=saved)
    assert main(["upgrade", "demo", "--to", "0.1.0", "--yes"]) == 0
    assert "is taken back" in capfd.readouterr().out
    assert [call[0] for call in changes(asked)] == ["patch"]

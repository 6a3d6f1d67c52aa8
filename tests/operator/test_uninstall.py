"""The operator is removed: platforms that would wait for it are let go of."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from omero_ci.paths import ROOT, path_with_tools
from omero_operator.identity.kinds import PLATFORM
from omero_operator.identity.labels import FINALIZER
from operator_ring.kube import NAMESPACE, Kube, wait_until
from operator_ring.process import kubeconfig, run_command
from operator_ring.releases import own_namespace, uninstall_hook

OTHER = "example.org/backup"


def finalizers(kube: Kube, namespace: str) -> dict[str, list[str]]:
    return {
        platform["metadata"]["name"]: platform["metadata"].get("finalizers", [])
        for platform in kube.list(PLATFORM, namespace)
    }


@pytest.fixture
def held(kube: Kube, namespace: str) -> str:
    """A namespace with platforms that wait, or would wait, for an operator that is gone."""
    policy = {"deletionPolicy": "Delete"}
    kube.platform(namespace, "kept")
    kube.platform(namespace, "running", policy, finalizers=[FINALIZER, OTHER])
    kube.platform(namespace, "ending", policy, finalizers=[FINALIZER])
    kube.delete(PLATFORM, namespace, "ending")
    assert finalizers(kube, namespace)["ending"] == [FINALIZER], "it waits"
    return namespace


def test_hook_lets_go_with_its_own_rights(kube: Kube, held: str, tmp_path: Path) -> None:
    hook = uninstall_hook(kube, held)
    config = kubeconfig(tmp_path / "hook.kubeconfig", kube.server, hook.token, kube.ca)
    code, said = run_command(config, tmp_path / "first.log", *hook.arguments, **hook.variables)
    assert code == 0, said
    assert finalizers(kube, held) == {"kept": [], "running": [OTHER]}
    lines = [line for line in said.splitlines() if line.startswith(f"{held}/")]
    assert sorted(line.partition(":")[0] for line in lines) == [
        f"{held}/{name}" for name in ("ending", "kept", "running")
    ]
    code, said = run_command(config, tmp_path / "second.log", *hook.arguments, **hook.variables)
    assert code == 0, said
    assert said.count("nothing to do") == 2


def test_hook_says_what_it_may_not_do(kube: Kube, held: str, tmp_path: Path) -> None:
    """Its rights end at the release's namespaces."""
    hook = uninstall_hook(kube, own_namespace(kube))
    config = kubeconfig(tmp_path / "hook.kubeconfig", kube.server, hook.token, kube.ca)
    arguments = [*hook.arguments, "--namespace", held]
    code, said = run_command(config, tmp_path / "hook.log", *arguments)
    assert code == 1
    assert f"cannot list OmeroPlatform {held}" in said
    assert finalizers(kube, held)["running"] == [FINALIZER, OTHER]


def documented() -> str:
    """The command that docs/operations.md tells a person whose operator is gone."""
    text = (ROOT / "docs" / "operations.md").read_text()
    (command,) = re.findall(r"^    (kubectl patch omero (?:.*\\\n)*.*)$", text, re.MULTILINE)
    return str(command.replace("\\\n", " "))


def test_a_namespace_goes_when_a_person_lets_go(kube: Kube, tmp_path: Path) -> None:
    namespace = own_namespace(kube)
    kube.platform(namespace, "site", {"deletionPolicy": "Delete"}, finalizers=[FINALIZER])
    kube.delete(NAMESPACE, None, namespace)

    def waits_for_finalizers() -> bool:
        live = kube.get(NAMESPACE, None, namespace)
        assert live is not None, "it went although a platform was held"
        reasons = {one["type"]: one["status"] for one in live["status"].get("conditions", [])}
        return reasons.get("NamespaceFinalizersRemaining") == "True"

    wait_until(waits_for_finalizers)
    command = documented().replace("NAMESPACE", namespace).replace("NAME", "site")
    environment = {"PATH": path_with_tools(), "KUBECONFIG": str(kube.config), "HOME": str(tmp_path)}
    subprocess.run(shlex.split(command), check=True, env=environment, capture_output=True)
    wait_until(lambda: kube.get(NAMESPACE, None, namespace) is None)

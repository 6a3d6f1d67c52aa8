"""A cluster, the operator in it, and one site, as a platform team would see them."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from omero_ci.kubectl import Kubectl
from omero_ci.paths import ROOT, path_with_tools
from tools.common.errors import CommandError
from tools.common.wait import wait_until

SYSTEM = "omero-system"
RELEASE = "omero-platform"
HTTP_PORT = 18080
HTTPS_PORT = 18443


@dataclass(frozen=True)
class Site:
    """One OmeroPlatform on the cluster.

    Attributes:
        kubectl: The administrator's client.
        namespace: Where the platform is.
        name: Its name.
        url: Address for browsers.
    """

    kubectl: Kubectl
    namespace: str
    name: str
    url: str

    @property
    def root_password(self) -> str:
        """The generated password of OMERO's root user."""
        secret = self.kubectl.get(self.namespace, "secret", f"{self.name}-root-credentials")
        return base64.b64decode(secret["data"]["password"]).decode()

    def condition(self, kind: str) -> dict[str, Any]:
        """One condition of the platform."""
        status = self.kubectl.get(self.namespace, "omero", self.name)["status"]
        (found,) = [c for c in status["conditions"] if c["type"] == kind]
        result: dict[str, Any] = found
        return result

    def wait(self, condition: str = "Ready", seconds: int = 600) -> None:
        """Wait for a condition to be True."""
        self.kubectl.run(
            "wait",
            "--namespace",
            self.namespace,
            f"--for=condition={condition}",
            f"omero/{self.name}",
            f"--timeout={seconds}s",
        )

    def wait_for_words(self, kind: str, reason: str, *words: str, seconds: int = 240) -> None:
        """Wait until a condition has a reason and these words.

        Both in one look: a pod that is started again and again says other things in between.
        """
        found: dict[str, Any] = {}

        def says_so() -> bool:
            found.update(self.condition(kind))
            return found["reason"] == reason and all(word in found["message"] for word in words)

        wait_until(says_so, seconds, lambda why: f"{why}: {found}", pause=0.5)

    def wait_observed(self, seconds: int = 180) -> None:
        """Wait until the operator has seen the latest specification."""
        generation = self.kubectl.get(self.namespace, "omero", self.name)["metadata"]["generation"]
        self.kubectl.run(
            "wait",
            "--namespace",
            self.namespace,
            f"--for=jsonpath={{.status.observedGeneration}}={generation}",
            f"omero/{self.name}",
            f"--timeout={seconds}s",
        )

    def kill_pod(self, name: str) -> None:
        """End a pod of a StatefulSet at once and wait until its successor is ready."""
        with self.waiting_for_successor(name):
            self.kubectl.run(
                *("delete", "pod", name, "--namespace", self.namespace),
                *("--grace-period=0", "--force"),
            )

    @contextmanager
    def waiting_for_successor(self, name: str, seconds: int = 180) -> Iterator[None]:
        """What is done inside replaces a pod of a StatefulSet; its successor becomes ready."""
        before = self._uid_of_pod(name)
        yield
        wait_until(
            lambda: self._uid_of_pod(name) not in (before, None),
            seconds,
            lambda why: f"no pod took the place of {name}: {why}",
            pause=0.5,
        )
        self.kubectl.run(
            *("wait", "--namespace", self.namespace, "--for=condition=Ready", f"pod/{name}"),
            f"--timeout={seconds}s",
        )

    def _uid_of_pod(self, name: str) -> str | None:
        pods = all_of(self.kubectl, "pods", self.namespace)
        return next((p["metadata"]["uid"] for p in pods if p["metadata"]["name"] == name), None)

    def exec_program(self, workload: str, program: str) -> str:
        """Run a Python program in a workload's first pod; it is in no argument."""
        command = ("exec", "--stdin", "--namespace", self.namespace, workload)
        return self.kubectl.run(*command, "--", "python", "-", text=program)

    def exec(self, workload: str, *command: str) -> str:
        """Run a command in a workload's first pod."""
        return self.kubectl.run("exec", "--namespace", self.namespace, workload, "--", *command)

    def sql(self, database: str, statement: str) -> str:
        """What a statement returns in a database, `db` or `plugin-db`."""
        command = 'psql --username "$POSTGRES_USER" --no-psqlrc -qtA --command "$1"'
        pod = f"{self.name}-{database}-0"
        return self.exec(pod, "sh", "-ec", command, "sh", statement).strip()


def create_site(
    kubectl: Kubectl, namespace: str, name: str, spec: dict[str, Any], url: str
) -> Site:
    """Make a restricted namespace with one platform in it."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    kubectl.apply(
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": namespace, "labels": labels},
        }
    )
    kubectl.apply(
        {
            "apiVersion": "platform.omero.dev/v1alpha1",
            "kind": "OmeroPlatform",
            "metadata": {"name": name, "namespace": namespace},
            "spec": spec,
        }
    )
    return Site(kubectl, namespace, name, url)


def minimal_spec() -> dict[str, Any]:
    """The example that `make demo` applies, for the ports of this ring's cluster."""
    path = ROOT / "manifests" / "examples" / "minimal" / "platform.yaml"
    spec: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["spec"]
    spec["web"]["ingress"]["port"] = HTTP_PORT
    return spec


def small(spec: dict[str, Any]) -> dict[str, Any]:
    """A specification for a second site: there is one small node, whose processors are reserved."""
    plugins = {"upload": {"enabled": False}, "imaris": {"enabled": False}}
    web = spec["web"] | {"replicas": 1, "plugins": plugins}
    few = {"resources": {"requests": {"cpu": "10m"}}}
    parts = ("server", "database", "pluginDatabase", "redis")
    return spec | {"web": web} | {part: spec.get(part, {}) | few for part in parts}


def helm(kubectl: Kubectl, *arguments: str) -> str:
    """Run helm against the ring's cluster; its output, or an AssertionError with it."""
    command = ["helm", *arguments, "--kubeconfig", str(kubectl.config), "--namespace", SYSTEM]
    variables = os.environ | {"PATH": path_with_tools()}
    ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=variables)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def script(*command: str) -> str:
    """Run one of the scripts in ci/; its output goes to the test's log."""
    ended = subprocess.run(
        [str(ROOT / "ci" / command[0]), *command[1:]], capture_output=True, text=True, cwd=ROOT
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout.strip()


def all_of(kubectl: Kubectl, kind: str, namespace: str) -> list[dict[str, Any]]:
    """All objects of a kind in a namespace."""
    items: list[dict[str, Any]] = kubectl.get(namespace, kind)["items"]
    return items


def component_of(pod: dict[str, Any]) -> str:
    """The component of a pod; empty for one beside the site, such as that of the demo's Job."""
    return str(pod["metadata"]["labels"].get("app.kubernetes.io/component", ""))


def dump(folder: Path, kubectl: Kubectl) -> None:
    """Keep what explains a failure: conditions, pods, events, logs."""
    folder.mkdir(parents=True, exist_ok=True)
    commands = {
        "describe": ("describe", "omero,pods,jobs,ingress,pvc", "--all-namespaces"),
        "events": ("get", "events", "--all-namespaces", "--sort-by=.lastTimestamp"),
        "pods": ("get", "pods", "--all-namespaces", "--output=yaml"),
        "operator": ("logs", "--namespace", SYSTEM, "deploy/" + RELEASE + "-operator"),
    }
    for name, command in commands.items():
        try:
            said = kubectl.run(*command)
        except CommandError as refusal:
            # What is gone by now explains something, too.
            said = str(refusal)
        (folder / f"{name}.txt").write_text(said, encoding="utf-8")

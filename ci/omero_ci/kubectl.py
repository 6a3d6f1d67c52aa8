"""kubectl against one kubeconfig, never against whatever cluster a person's shell points to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omero_ci.paths import environment_with_tools
from tools.common.commands import output_of


@dataclass(frozen=True)
class Kubectl:
    """The client for the cluster that `config` describes."""

    config: Path

    def run(self, *arguments: str, text: str = "") -> str:
        """Run kubectl and return what it printed.

        Args:
            *arguments: what comes after `kubectl`.
            text: what it reads from its input.

        Raises:
            CommandError: kubectl failed; its message is in the text.
        """
        command = ["kubectl", f"--kubeconfig={self.config}", *arguments]
        return output_of(command, text, environment=environment_with_tools())

    def get(self, namespace: str | None, *what: str) -> dict[str, Any]:
        """An object, or the list of a kind; without a namespace those that are in none."""
        place = ["--namespace", namespace] if namespace else []
        answer: dict[str, Any] = json.loads(self.run("get", *what, *place, "--output", "json"))
        return answer

    def apply(self, manifest: dict[str, Any]) -> None:
        """Apply one object."""
        self.run("apply", "--filename", "-", text=json.dumps(manifest))


def has_condition(item: dict[str, Any], kind: str) -> bool:
    """Whether an object has a condition that is true."""
    conditions = item.get("status", {}).get("conditions", [])
    return any(found["type"] == kind and found["status"] == "True" for found in conditions)

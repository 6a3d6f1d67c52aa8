"""kubectl against one kubeconfig, never against whatever cluster a person's shell points to."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omero_ci.paths import path_with_tools
from tools.common.errors import Refusal


@dataclass(frozen=True)
class Kubectl:
    """The client for the cluster that `config` describes."""

    config: Path

    def run(self, *arguments: str, text: str | None = None) -> str:
        """Run kubectl and return what it printed.

        Raises:
            Refusal: kubectl failed; its message is in the text.
        """
        command = ["kubectl", "--kubeconfig", str(self.config), *arguments]
        variables = os.environ | {"PATH": path_with_tools()}
        ended = subprocess.run(command, input=text, capture_output=True, text=True, env=variables)
        if ended.returncode:
            raise Refusal(f"`kubectl {' '.join(arguments)}` failed: {ended.stderr.strip()}")
        return ended.stdout

    def get(self, namespace: str, *what: str) -> dict[str, Any]:
        """An object, or the list of a kind."""
        text = self.run("get", *what, "--namespace", namespace, "--output", "json")
        answer: dict[str, Any] = json.loads(text)
        return answer

    def apply(self, manifest: dict[str, Any]) -> None:
        """Apply one object."""
        self.run("apply", "--filename", "-", text=json.dumps(manifest))

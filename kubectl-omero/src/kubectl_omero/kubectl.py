"""Requests to the cluster, all by `kubectl`.

The person's own kubectl knows their contexts, logins and proxies, so this program needs none of
its own. Nothing secret is ever an argument: what is sent goes by standard input.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from kubectl_omero.errors import CommandError

# What kubectl says of a kind that the cluster does not have.
_NO_KIND = "the server doesn't have a resource type"
# What it says where no context is chosen, or there is no kubeconfig.
_NO_CONTEXT = "current-context must exist"
# Each attempt to reach a cluster is told in a line of its log, before what it says at the end.
_LOG = re.compile(r"[EWI][0-9]{4} [0-9:.]+ ")
# In a pod, kubectl needs neither, and takes its namespace from here.
_NAMESPACE_OF_POD = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
# And of a program in a pod whose exit code is not 0.
_EXIT_CODE = "command terminated with exit code "


class NotFoundError(CommandError):
    """There is no such object."""


class ForbiddenError(CommandError):
    """The person's account may not do this."""


@dataclass(frozen=True)
class Kubectl:
    """Calls kubectl.

    Attributes:
        flags: `--context`, `--kubeconfig` and such, as the person gave them.
        given_namespace: `--namespace`, where the person gave it.
        program: kubectl's name or path.
    """

    flags: Sequence[str] = ()
    given_namespace: str = ""
    program: str = "kubectl"
    # For tests: variables of kubectl.
    environment: dict[str, str] | None = field(default=None, repr=False)

    @cached_property
    def namespace(self) -> str:
        """The namespace that is meant: the given one, else that of the context."""
        if self.given_namespace:
            return self.given_namespace
        # It answers without the cluster.
        try:
            found = self._text("config", "view", "--minify", "--output=jsonpath={..namespace}")
        except CommandError as error:
            if _NO_CONTEXT in str(error) and _NAMESPACE_OF_POD.is_file():
                return _NAMESPACE_OF_POD.read_text("utf-8").strip()
            raise
        return found.strip() or "default"

    def command(self, *arguments: str, namespace: str | None = None) -> list[str]:
        """The whole command line.

        Args:
            *arguments: After the flags.
            namespace: Instead of the person's; empty for none.
        """
        place = self.namespace if namespace is None else namespace
        where = [f"--namespace={place}"] if place else []
        return [self.program, *self.flags, *where, *arguments]

    def text(self, *arguments: str, namespace: str | None = None, stdin: str | None = None) -> str:
        """What kubectl prints.

        Raises:
            NotFoundError: It says that an object is not there.
            ForbiddenError: It says that the account may not.
            CommandError: It failed for another reason.
        """
        return self._called(self.command(*arguments, namespace=namespace), stdin)

    def json(self, *arguments: str, namespace: str | None = None) -> Any:
        """What kubectl prints with `--output=json`, read. Errors as with `text`."""
        return json.loads(self.text(*arguments, "--output=json", namespace=namespace) or "{}")

    def items(self, *arguments: str, namespace: str | None = None) -> list[dict[str, Any]]:
        """The objects of a list."""
        found: list[dict[str, Any]] = self.json("get", *arguments, namespace=namespace)["items"]
        return found

    def shown(self, *arguments: str, namespace: str | None = None) -> int:
        """Run kubectl with the person's terminal; its exit code."""
        command = self.command(*arguments, namespace=namespace)
        try:
            return subprocess.run(command, env=self.environment, check=False).returncode
        except FileNotFoundError:
            raise self._missing() from None

    def executed(self, *arguments: str, namespace: str | None = None, stdin: str = "") -> int:
        """Run `kubectl exec` with the person's terminal; the exit code of the program in the pod.

        An exit code is an answer here, and the caller tells what it means. So kubectl's own line
        about it is left out; all others are printed when the program has ended.
        """
        try:
            ended = subprocess.run(
                self.command("exec", *arguments, namespace=namespace),
                input=stdin,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                env=self.environment,
                check=False,
            )
        except FileNotFoundError:
            raise self._missing() from None
        lines = ended.stderr.splitlines(keepends=True)
        sys.stderr.writelines(line for line in lines if not line.startswith(_EXIT_CODE))
        return ended.returncode

    def saved(self, file: Path, *arguments: str, namespace: str | None = None) -> None:
        """Write what kubectl prints to a file. Errors as with `text`."""
        with file.open("wb") as output:
            try:
                ended = subprocess.run(
                    self.command(*arguments, namespace=namespace),
                    stdout=output,
                    stderr=subprocess.PIPE,
                    env=self.environment,
                    check=False,
                )
            except FileNotFoundError:
                raise self._missing() from None
        if ended.returncode:
            raise _failed(ended.stderr.decode("utf-8", "replace"))

    def _text(self, *arguments: str) -> str:
        return self._called([self.program, *self.flags, *arguments], None)

    def _called(self, command: list[str], stdin: str | None) -> str:
        try:
            ended = subprocess.run(
                command,
                input=stdin,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                env=self.environment,
                check=False,
            )
        except FileNotFoundError:
            raise self._missing() from None
        if ended.returncode:
            raise _failed(ended.stderr)
        return ended.stdout

    def _missing(self) -> CommandError:
        return CommandError(f"the program {self.program} is not on PATH; install kubectl")


def _failed(said: str) -> CommandError:
    """An error for what kubectl said on its standard error."""
    lines = said.strip().splitlines()
    words = "\n".join([line for line in lines if not _LOG.match(line)] or lines)
    words = words.removeprefix("error: ") or "kubectl failed without a word"
    if _NO_CONTEXT in words:
        return CommandError(
            f"kubectl has no cluster to ask ({words}): choose one with `kubectl config use-context "
            "NAME`, or name it with --context; `kubectl config get-contexts` lists them"
        )
    if _NO_KIND in words:
        return CommandError(
            f"{words}. Is the OMERO operator installed in this cluster, and is this the right "
            "context?"
        )
    if "(NotFound)" in words:
        return NotFoundError(words)
    if "(Forbidden)" in words:
        return ForbiddenError(words)
    return CommandError(words)

"""A double of OMERO's Java client, which is not to be had here: a program `java`.

It imports nothing. It prints what it is told, in the forms of `CommandLineImporter`, and ends as it
is told: with exit code 0 although files failed, by not ending at all, or with children that it
leaves behind.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SCRIPT = """#!{python}
import json, os, subprocess, sys, time
from omero_standin.import_client.argument_files import expanded
told = json.load(open({told!r}))
with open({calls!r}, "a") as calls:
    call = {{"command": sys.argv[1:], "arguments": expanded(sys.argv[1:])}}
    calls.write(json.dumps(call | {{"environment": dict(os.environ)}}) + "\\n")
sys.stdout.write(told["output"]); sys.stdout.flush()
sys.stderr.write(told["errors"]); sys.stderr.flush()
if told["child"]:
    child = subprocess.Popen(["sleep", "600"])
    open(told["child"], "w").write(str(child.pid))
time.sleep(told["seconds"])
sys.exit(told["code"])
"""


@dataclass(frozen=True)
class ImportCommand:
    """The double.

    Attributes:
        folder: with the program, and a folder `jars`.
    """

    folder: Path

    @property
    def program(self) -> str:
        return str(self.folder / "java")

    @property
    def jars(self) -> Path:
        return self.folder / "jars"

    def tell(
        self,
        output: str = "",
        errors: str = "",
        *,
        code: int = 0,
        seconds: float = 0.0,
        child: Path | None = None,
    ) -> None:
        """What it prints the next times, and how it ends."""
        told = {"output": output, "errors": errors, "code": code, "seconds": seconds}
        told["child"] = str(child or "")
        (self.folder / "told.json").write_text(json.dumps(told))

    def calls(self) -> list[dict[str, Any]]:
        """Its arguments and environments so far."""
        file = self.folder / "calls.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def import_command(folder: Path) -> ImportCommand:
    """The double in a folder of its own."""
    (folder / "jars").mkdir(parents=True)
    (folder / "jars" / "blitz.jar").write_bytes(b"")
    script = _SCRIPT.format(
        python=sys.executable,
        told=str(folder / "told.json"),
        calls=str(folder / "calls.jsonl"),
    )
    (folder / "java").write_text(script)
    (folder / "java").chmod(0o755)
    made = ImportCommand(folder)
    made.tell()
    return made

"""What the fake programs share: the state of the pretended site, and a note of each call."""

import json
import os
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ["FAKES"])


def state() -> dict[str, Any]:
    """The pretended site."""
    found: dict[str, Any] = json.loads((FOLDER / "state.json").read_text())
    return found


def change(**changes: object) -> None:
    """Change the pretended site."""
    (FOLDER / "state.json").write_text(json.dumps(state() | changes))


def note() -> None:
    """Note this call."""
    call = {"program": Path(sys.argv[0]).name, "arguments": sys.argv[1:], "env": dict(os.environ)}
    with (FOLDER / "calls").open("a") as file:
        file.write(json.dumps(call) + "\n")

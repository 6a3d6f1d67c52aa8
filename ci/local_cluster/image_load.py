"""Loading images into the cluster's containerd."""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

from tools.common.commands import output_of, tail
from tools.common.errors import CommandError
from tools.common.fingerprint import version_of_file

from .archives import write_together
from .images import reference, write_archive
from .settings import Settings


def socket(settings: Settings) -> Path:
    """Return the socket on which the cluster's containerd listens."""
    return settings.run_folder / "containerd.sock"


def _ctr(settings: Settings) -> list[str | Path]:
    """Return the start of a command line that speaks to the cluster's containerd."""
    return ["ctr", "--address", socket(settings), "--namespace", "k8s.io"]


def load_addons(settings: Settings) -> None:
    """Load the addons' image unless the node has it, with no copy of it on the disk between."""
    name = reference()
    if name not in output_of([*_ctr(settings), "images", "list", "--quiet"]).split():
        _import(settings, lambda stream: write_archive(name, stream), name)


def _import(settings: Settings, write: Callable[[IO[bytes]], None], what: str) -> None:
    """Let containerd read an archive that is written as it reads."""
    words = [str(word) for word in (*_ctr(settings), "images", "import", "-")]
    with tempfile.TemporaryFile() as said:
        with (
            subprocess.Popen(words, stdin=subprocess.PIPE, stdout=said, stderr=said) as child,
            # A broken pipe is explained by the words of who broke it, below.
            contextlib.suppress(BrokenPipeError),
            cast("IO[bytes]", child.stdin) as stdin,
        ):
            write(stdin)
        said.seek(0)
        text = said.read().decode(errors="replace")
    if child.returncode != 0:
        raise CommandError(f"{what} could not be loaded into containerd:\n{tail(text)}")


def load_archives(settings: Settings, archives: list[Path]) -> list[str]:
    """Load image archives unless that was done already; what was done with each, in words."""
    record = settings.folder / "loaded-archives.json"
    known: dict[str, str] = json.loads(record.read_text("utf-8")) if record.exists() else {}
    # The kubelet is told to clear nothing away.
    versions = {str(archive.absolute()): version_of_file(archive) for archive in archives}
    missing = [Path(path) for path, version in versions.items() if known.get(path) != version]
    if missing:
        what = ", ".join(archive.name for archive in missing)
        _import(settings, lambda stream: write_together(missing, stream), what)
    record.write_text(json.dumps(known | versions, indent=1), encoding="utf-8")
    return [
        f"{archive.name}: {'loaded' if archive.absolute() in missing else 'already there'}"
        for archive in archives
    ]

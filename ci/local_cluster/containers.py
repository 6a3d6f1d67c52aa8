"""Loading images into the cluster's containerd."""

from __future__ import annotations

import contextlib
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import IO, Any, cast

from tools.common.commands import output_of, tail
from tools.common.errors import Refusal

from .images import Image, write_archive
from .settings import Settings


def socket(settings: Settings) -> Path:
    """Return the socket on which the cluster's containerd listens."""
    return settings.run_folder / "containerd.sock"


def _ctr(settings: Settings) -> list[str | Path]:
    """Return the start of a command line that speaks to the cluster's containerd."""
    return ["ctr", "--address", socket(settings), "--namespace", "k8s.io"]


def loaded(settings: Settings) -> set[str]:
    """Return the names of the images that the node has."""
    return set(output_of([*_ctr(settings), "images", "list", "--quiet"]).split())


def load_composed(settings: Settings, image: Image) -> None:
    """Put an image together and load it, with no copy of it on the disk between."""
    words = [str(word) for word in (*_ctr(settings), "images", "import", "-")]
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=said, stderr=said)
        # A broken pipe is explained by the words of who broke it, below.
        with contextlib.suppress(BrokenPipeError), cast("IO[bytes]", child.stdin) as stdin:
            write_archive(image, stdin)
        status = child.wait()
        said.seek(0)
        text = said.read().decode(errors="replace")
    if status != 0:
        raise Refusal(f"{image.reference} could not be loaded into containerd:\n{tail(text)}")


def names_in(archive: Path) -> list[tuple[str, str]]:
    """Return the images in an archive: the name of each, and the digest of its configuration.

    Args:
        archive: A ``docker-archive`` or OCI archive.
    """
    try:
        with tarfile.open(archive) as packed:
            members = packed.getnames()
            if "manifest.json" in members:
                return _docker_names(_read(packed, "manifest.json"))
            if "index.json" in members:
                return _oci_names(_read(packed, "index.json"))
    except (OSError, tarfile.TarError, ValueError) as error:
        raise Refusal(f"{archive} cannot be read as an image archive: {error}") from error
    raise Refusal(f"{archive} is no image archive: it holds neither manifest.json nor index.json")


def _read(packed: tarfile.TarFile, name: str) -> Any:
    """Return the content of a JSON file in an archive."""
    stream = packed.extractfile(name)
    return json.load(stream) if stream is not None else None


def _docker_names(manifest: Any) -> list[tuple[str, str]]:
    """Return the images that a ``docker-archive`` lists."""
    found = []
    for entry in manifest:
        digest = Path(entry["Config"]).name.removesuffix(".json")
        found += [(tag, digest) for tag in entry.get("RepoTags") or []]
    return found


def _oci_names(index: Any) -> list[tuple[str, str]]:
    """Return the images that an OCI archive lists."""
    found = []
    for entry in index["manifests"]:
        notes = entry.get("annotations") or {}
        name = notes.get("io.containerd.image.name") or notes.get(
            "org.opencontainers.image.ref.name"
        )
        if name:
            found.append((name, entry["digest"].removeprefix("sha256:")))
    return found


def load_archive(settings: Settings, archive: Path) -> str:
    """Load an image archive unless the node has all of it, and say what was done."""
    names = names_in(archive)
    record = settings.folder / "loaded-images.json"
    known: dict[str, str] = json.loads(record.read_text("utf-8")) if record.exists() else {}
    present = loaded(settings)
    if names and all(name in present and known.get(name) == digest for name, digest in names):
        return f"{archive.name}: already there"
    output_of([*_ctr(settings), "images", "import", archive])
    record.write_text(json.dumps(known | dict(names), indent=1), encoding="utf-8")
    return f"{archive.name}: loaded {', '.join(name for name, _ in names) or 'images with no name'}"

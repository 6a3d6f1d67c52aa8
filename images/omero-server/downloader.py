"""For the build of the image: OMERO.downloader, a program in Java that fetches many files.

`downloader.py URL SHA256 FOLDER` downloads a release, compares its checksum, and puts its jar into
FOLDER as `downloader.jar`. Without a URL, FOLDER stays empty.
"""

from __future__ import annotations

import hashlib
import io
import sys
import urllib.request
import zipfile
from pathlib import Path


def main() -> None:
    """Fill the folder."""
    url, expected, folder = sys.argv[1:]
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    if not url:
        sys.stdout.write("no OMERO_DOWNLOADER_URL: without OMERO.downloader\n")
        return
    if not url.startswith("https://"):
        sys.exit(f"OMERO_DOWNLOADER_URL must begin with https://, not {url!r}")
    with urllib.request.urlopen(url, timeout=600) as answer:  # noqa: S310 - checked above
        content = answer.read()
    unpack(url, content, expected, target)


def unpack(url: str, content: bytes, expected: str, target: Path) -> None:
    """Check a release and put its jar into a folder."""
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        sys.exit(f"{url} has the SHA-256 {found}, not {expected!r} (OMERO_DOWNLOADER_SHA256)")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        jars = [name for name in archive.namelist() if name.endswith("with-dependencies.jar")]
        if len(jars) != 1:
            sys.exit(f"{url} has {len(jars)} jars named …with-dependencies.jar, not one")
        (target / "downloader.jar").write_bytes(archive.read(jars[0]))


if __name__ == "__main__":
    main()

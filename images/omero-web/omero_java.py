"""For the build of the image: the jars of OMERO's Java client, which `omero import` runs.

`omero_java.py URL SHA256 FOLDER` downloads an `OMERO.java-….zip`, compares its checksum, and puts
the files of its folder `libs` into FOLDER. Without a URL, FOLDER stays empty, and the plugin
imports by its own importer alone.
"""

from __future__ import annotations

import hashlib
import io
import sys
import urllib.request
import zipfile
from pathlib import Path, PurePosixPath


def main() -> None:
    """Fill the folder."""
    url, expected, folder = sys.argv[1:]
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    if not url:
        sys.stdout.write("no OMERO_JAVA_URL: without OMERO's Java client\n")
        return
    if not url.startswith("https://"):
        sys.exit(f"OMERO_JAVA_URL must begin with https://, not {url!r}")
    with urllib.request.urlopen(url, timeout=600) as answer:  # noqa: S310 - checked above
        content = answer.read()
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        sys.exit(f"{url} has the SHA-256 {found}, not {expected!r} (OMERO_JAVA_SHA256)")
    count = 0
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            path = PurePosixPath(name)
            if path.parent.name == "libs" and path.suffix in (".jar", ".xml"):
                (target / path.name).write_bytes(archive.read(name))
                count += path.suffix == ".jar"
    if not count:
        sys.exit(f"{url} has no jars in a folder `libs`")
    sys.stdout.write(f"{count} jars of OMERO's Java client\n")


if __name__ == "__main__":
    main()

"""An S3 server for tests: versitygw, with its buckets as folders on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import local_services
import tls_certificates
from free_ports import free_port
from local_site.answers import listens
from tools.common.errors import CommandError
from tools.common.paths import bin_folder


@dataclass(frozen=True)
class S3Server:
    """A running server.

    Attributes:
        port: Where it listens, over TLS.
        folder: Where its buckets are.
        keys: The account, as programs read it from their environment.
        authority: Certificate of the authority that signed its own.
    """

    port: int
    folder: Path
    keys: dict[str, str]
    authority: Path

    def make_bucket(self, name: str) -> Path:
        """A new bucket; its folder."""
        folder = self.folder / name
        folder.mkdir()
        return folder


@contextmanager
def versitygw(folder: Path) -> Iterator[S3Server]:
    """A server with files below this folder; for nightly tests, which have its program."""
    command, port = bin_folder() / "versitygw", free_port()
    if not command.exists():
        raise CommandError("versitygw is not installed: run `ci/tools/install --nightly`")
    buckets, beside, log = folder / "buckets", folder / "metadata", folder / "versitygw.log"
    buckets.mkdir()
    beside.mkdir()
    authority, certificate = tls_certificates.make(folder, "127.0.0.1")
    words = [str(command), "-folder", str(buckets), "-metadata", str(beside)]
    words += ["-listen", f"127.0.0.1:{port}", "-cert", str(certificate), "-key", str(certificate)]
    keys = {"AWS_ACCESS_KEY_ID": "lab", "AWS_SECRET_ACCESS_KEY": "keys/of+a=lab"}
    environment = dict(zip(("ROOT_ACCESS_KEY", "ROOT_SECRET_KEY"), keys.values(), strict=True))
    start = partial(local_services.launch, words, log, environment=environment)
    with local_services.running(start, log, lambda: listens(port)):
        yield S3Server(port, buckets, keys, authority)

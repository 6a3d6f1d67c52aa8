"""The OMERO stand-in in the process of a test, which can then look at rows and files directly."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import omero
from omero.gateway import BlitzGateway

import omero_standin.generated  # noqa: F401 - before Ice
from free_ports import free_port
from omero_standin import tls
from omero_standin.accounts import ROOT
from omero_standin.kernel import Kernel
from omero_standin.model.enumeration import enumeration
from omero_standin.model.store import Ref, Row
from omero_standin.server import Server

PASSWORD: Final = "secret-of-the-test"


class Here:
    """A running stand-in and what a test needs to fill and to use it."""

    def __init__(self, kernel: Kernel, port: int, stack: ExitStack) -> None:
        """Connections are closed with `stack`."""
        self.kernel, self.port = kernel, port
        self._stack = stack

    @property
    def store(self) -> Any:
        """The rows."""
        return self.kernel.store

    def connect(self, user: str = "root", group: str | None = None) -> Any:
        """A gateway of a user; everyone has the same password."""
        gateway = BlitzGateway(
            user, PASSWORD, group=group, host="127.0.0.1", port=self.port, secure=True
        )
        self._stack.callback(gateway.close)
        assert gateway.connect(), gateway.getLastError()
        return gateway

    def opens(self, user: str, password: str) -> bool:
        """Whether a password opens an account."""
        gateway = BlitzGateway(user, password, host="127.0.0.1", port=self.port, secure=True)
        try:
            return bool(gateway.connect())
        finally:
            gateway.close()

    def join(self, uuid: str) -> Any:
        """A client that joins a session by its uuid, as OMERO.web's workers and scripts do."""
        client = omero.client("127.0.0.1", self.port)
        self._stack.callback(client.closeSession)
        client.joinSession(uuid)
        return client

    def group(self, name: str, level: str = "rwra--") -> int:
        """A new group."""
        return int(self.kernel.accounts.create_group(name, level, None).id)

    def user(self, name: str, *groups: int) -> int:
        """A new member of groups."""
        rows = [self.kernel.accounts.group(each) for each in groups]
        values = {"omeName": name, "firstName": name.title(), "lastName": "Tester"}
        return int(self.kernel.accounts.create_user(values, rows, PASSWORD).id)

    def add(self, kind: str, owner: int, group: int, **values: Any) -> Row:
        """A new row."""
        row: Row = self.store.insert(kind, values, owner=owner, group=group)
        return row

    def link(self, parent: Row, child: Row) -> Row:
        """Put a child into a parent; the link belongs to the child's owner."""
        kind = f"{parent.kind}{child.kind}Link"
        if child.kind.endswith("Annotation"):
            kind = f"{parent.kind}AnnotationLink"
        return self.add(kind, child.owner, child.group, parent=parent.ref, child=child.ref)

    def image(
        self,
        name: str,
        owner: int,
        group: int,
        *,
        size: tuple[int, int, int, int, int] = (64, 48, 1, 1, 1),
        kind: str = "uint8",
        **values: Any,
    ) -> Row:
        """An image with pixels of a size (x, y, z, c, t) and a type, and with channels."""
        x, y, z, c, t = size
        image = self.add("Image", owner, group, name=name, partial=False, archived=False, **values)
        pixels = self.add(
            "Pixels", owner, group, image=image.ref, sizeX=x, sizeY=y, sizeZ=z, sizeC=c, sizeT=t,
            pixelsType=enumeration(self.store, "PixelsType", kind),
            dimensionOrder=enumeration(self.store, "DimensionOrder", "XYZCT"),
            sha1="unknown", methodology="unknown",
        )  # fmt: skip
        for _ in range(c):
            logical = self.add("LogicalChannel", owner, group)
            self.add("Channel", owner, group, pixels=pixels.ref, logicalChannel=logical.ref)
        return image

    def pixels_of(self, image: Row) -> Row:
        """The pixels of an image."""
        row: Row = self.store.referring("Pixels", "image", image.ref)[0]
        return row

    def exists(self, row: Row) -> bool:
        """Whether a row is still there."""
        return self.store.find(row.kind, row.id) is not None


def answered(handle: Any) -> Any:
    """The response of a command, when there is one; an error after ten seconds without."""
    until = time.monotonic() + 10
    while (response := handle.getResponse()) is None:
        if time.monotonic() > until:
            raise TimeoutError("the command has no response after 10 s")
        time.sleep(0.005)
    return response


@contextmanager
def standin_here(config: dict[str, str] | None = None) -> Iterator[Here]:
    """A stand-in on a free port of the loopback address."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="standin-here-")))
        kernel = Kernel({"omero.data.dir": str(folder / "data"), **(config or {})})
        kernel.fill([], PASSWORD)
        port = free_port()
        server = Server(
            kernel,
            host="127.0.0.1",
            port=port,
            insecure_port=0,
            certificate=tls.server_certificate(folder),
        )
        stack.callback(server.stop)
        server.start()
        yield Here(kernel, port, stack)


__all__ = ["PASSWORD", "ROOT", "Here", "Ref", "answered", "standin_here"]

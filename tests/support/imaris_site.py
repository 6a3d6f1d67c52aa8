"""The Imaris connector as a script sees it, and images to export."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

# First: imported after Glacier2 it would define its exceptions a second time.
import omero.clients  # isort: skip
import h5py
import httpx
import numpy as np
import omero.model
from numpy.typing import NDArray
from omero.gateway import BlitzGateway
from omero.rtypes import rstring

import local_services
from people import Person
from plugin_site import Browser, until
from whole_site import WholeSite

PLUGIN: Final = "omeroweb_imaris_connector"
ENDED: Final = ("done", "failed", "cancelled", "expired")


class ExportBrowser(Browser):
    """A user's requests to the plugin."""

    def ask(self, path: str, status: int = 200) -> Any:
        """What a GET answers."""
        answer = self.get(f"/{PLUGIN}/{path}")
        assert answer.status_code == status, answer.text
        return answer.json()

    def tell(self, path: str, body: object = None, status: int = 200) -> Any:
        """What a POST answers."""
        answer = self.post(f"/{PLUGIN}/{path}", {} if body is None else body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def start(self, *images: int, attach: bool = False, apart: bool = False) -> list[Any]:
        """Export images: as one export, or apart."""
        body = {"images": list(images), "attach": attach, "apart": apart}
        exports: list[Any] = self.tell("exports/", body, 201)["exports"]
        return exports

    def one(self, export: str) -> Any:
        """How far it is."""
        return self.ask(f"exports/{export}/")

    def until(self, export: str, *states: str, seconds: float = 180) -> Any:
        """Wait until the export has one of these states; any end without them."""
        wanted = states or ENDED
        until(lambda: self.one(export)["state"] in wanted, seconds, lambda: str(self.one(export)))
        return self.one(export)

    def file(self, export: str, image: int | None = None, **headers: str) -> httpx.Response:
        """Download its file, or that of one image; `if_range="…"` is the header If-Range."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        which = {} if image is None else {"image": image}
        return self.client.get(f"/{PLUGIN}/exports/{export}/file/", params=which, headers=given)


def browser_of(whole: WholeSite, person: Person, url: str = "") -> ExportBrowser:
    """A browser of somebody who is logged in; at another OMERO.web of the site with its address."""
    browser = ExportBrowser(url or whole.site.url)
    browser.log_in(person.name, person.password)
    return browser


@contextmanager
def gateway_of(standin: local_services.Service, name: str, password: str) -> Iterator[Any]:
    """A connection of a user to OMERO."""
    conn = BlitzGateway(name, password, host="127.0.0.1", port=standin.port, secure=True)
    assert conn.connect(), f"{name} cannot log in to the stand-in"
    try:
        yield conn
    finally:
        conn.close()


class Faults:
    """What the stand-in does to calls of one user.

    Args:
        standin: which.
        user: the id of the user; everybody's calls without.
    """

    def __init__(self, standin: local_services.Service, user: int | None = None) -> None:
        self._session = "" if user is None else str(user)
        self._control = httpx.Client(
            base_url=local_services.control(standin), verify=local_services.NO_AUTHORITIES
        )

    def order(self, call: str, kind: str, **more: object) -> None:
        """The next calls meet this; see `omero_standin.calls.Fault`."""
        fault = {"call": call, "kind": kind, "session": self._session, **more}
        assert self._control.post("/faults", json=fault).is_success

    def slow_pixels(self, seconds: float) -> None:
        """Each plane that is read takes so long."""
        self.order("RawPixelsStore.getPlane", "slow", seconds=seconds, times=10_000)

    def forget(self) -> None:
        """No call meets a fault any more."""
        self._control.delete("/faults")

    def counts(self) -> dict[str, int]:
        """Calls so far, everybody's."""
        return dict(self._control.get("/counts").json())


@contextmanager
def faults(standin: local_services.Service, user: int | None = None) -> Iterator[Faults]:
    """Faults, and none any more after the block."""
    made = Faults(standin, user)
    try:
        yield made
    finally:
        made.forget()


def planes_of(
    size: tuple[int, int, int, int, int], dtype: str = "uint16", seed: int = 1
) -> list[NDArray[Any]]:
    """Random planes in the order z, c, t of an image; `size` is x, y, z, c, t."""
    random = np.random.default_rng(seed)
    x, y, z, c, t = size
    kind = np.dtype(dtype)
    if kind.kind == "f":
        return [random.random((y, x)).astype(kind) for _ in range(z * c * t)]
    limits = np.iinfo(kind)
    return [
        random.integers(limits.min, limits.max, (y, x), kind, endpoint=True)
        for _ in range(z * c * t)
    ]


def made_image(
    conn: Any,
    name: str = "cells",
    size: tuple[int, int, int, int, int] = (40, 30, 3, 2, 1),
    dtype: str = "uint16",
    *,
    voxel: Sequence[tuple[float, str] | None] = (),
    seed: int = 1,
) -> int:
    """An image with random pixels.

    Args:
        conn: of the user whose image it becomes.
        name: of the image.
        size: x, y, z, c, t.
        dtype: of its pixels, as NumPy names it.
        voxel: lengths of x, y, z with OMERO's names of their units.
        seed: other pixels with another one.
    """
    planes = planes_of(size, dtype, seed)
    image = conn.createImageFromNumpySeq(iter(planes), name, *size[2:])
    if voxel:
        set_voxel(conn, image.getId(), voxel)
    return int(image.getId())


def made_dataset(conn: Any, name: str, images: Sequence[int]) -> int:
    """A dataset of these images, in no project."""
    made = omero.model.DatasetI()
    made.name = rstring(name)
    update = conn.getUpdateService()
    dataset = int(update.saveAndReturnObject(made).id.val)
    links = []
    for image in images:
        link = omero.model.DatasetImageLinkI()
        link.parent = omero.model.DatasetI(dataset, False)
        link.child = omero.model.ImageI(image, False)
        links.append(link)
    update.saveArray(links)
    return dataset


def stack_of(
    size: tuple[int, int, int, int, int], dtype: str = "uint16", seed: int = 1
) -> NDArray[Any]:
    """The pixels of `made_image` as t, c, z, y, x."""
    x, y, z, c, t = size
    return np.array(planes_of(size, dtype, seed)).reshape(z, c, t, y, x).transpose(2, 1, 0, 3, 4)


def set_voxel(conn: Any, image: int, voxel: Sequence[tuple[float, str] | None]) -> None:
    """Change the size of an image's voxels."""
    pixels = conn.getObject("Image", image).getPrimaryPixels()._obj
    for axis, length in zip("XYZ", voxel, strict=True):
        if length is not None:
            unit = getattr(omero.model.enums.UnitsLength, length[1])
            setattr(pixels, f"physicalSize{axis}", omero.model.LengthI(length[0], unit))
    conn.getUpdateService().saveObject(pixels, conn.SERVICE_OPTS)


def pixels_of(content: bytes | Path, c: int = 0, t: int = 0) -> NDArray[Any]:
    """Pixels of an Imaris file at full resolution, z, y, x, without what fills up its chunks."""
    with h5py.File(io.BytesIO(content) if isinstance(content, bytes) else content) as file:
        channel = file[f"DataSet/ResolutionLevel 0/TimePoint {t}/Channel {c}"]
        z, y, x = (int(text(channel, f"ImageSize{axis}")) for axis in "ZYX")
        data: NDArray[Any] = channel["Data"][:z, :y, :x]
        return data


def attribute(content: bytes, group: str, name: str) -> str:
    """An attribute of a group of an Imaris file."""
    with h5py.File(io.BytesIO(content)) as file:
        return text(file[group], name)


def text(group: Any, name: str) -> str:
    """An attribute: an array of letters."""
    return b"".join(group.attrs[name]).decode()

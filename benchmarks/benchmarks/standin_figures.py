"""The OMERO stand-in and OMERO.web as local processes: until they answer, with little and much."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from omero.gateway import BlitzGateway

import collected_static
import local_services
from benchmarks.samples import Figure
from local_site.answers import answers
from omero_ci.console import step

VERSIONS: Final = ("omero-py", "omero-web", "Django", "gunicorn", "zeroc-ice")
CLIENTS: Final = 20
_APPS: Final = "gallery,figure,fpbioimage,iviewer,mapr,parade,zarr,autotag,tagsearch"
_IMAGES: Final = [{"name": "image {:05d}", "count": 1000, "channels": ["DAPI"]}]
_LARGE: Final = {
    "groups": [{"name": "lab", "permissions": "rwra--"}],
    "users": [{"name": "ada", "password": "ada", "groups": ["lab"], "owns": ["lab"]}],
    "data": [
        {
            "owner": "ada",
            "group": "lab",
            "datasets": [{"name": f"day {at}", "images": _IMAGES} for at in range(100)],
        }
    ],
}


def measure(samples: int) -> list[Figure]:
    """Time starts and logins.

    Args:
        samples: How often; the large data and OMERO.web are tried a third as often.
    """
    few = max(samples // 3, 1)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        data = folder / "large.json"
        data.write_text(json.dumps(_LARGE))
        with step(f"stand-in, {samples} starts each without data and with the demo's"):
            empty = [_timed(folder, "empty") for _ in range(samples)]
            demo = [_timed(folder, "demo") for _ in range(samples)]
        with step(f"stand-in with 100 000 images, {few} starts"):
            large = [_timed(folder, str(data)) for _ in range(few)]
        with step(f"{CLIENTS} clients at once, {samples} times"):
            logins = _logins(folder, samples)
        with step(f"OMERO.web with nine applications, {few} starts"):
            web = _web(folder, few)
    return [
        Figure("standin_empty", "stand-in started: it accepts logins", 1.0, empty),
        Figure("standin_demo", "the same with the demo's data", 1.0, demo),
        Figure("standin_large", "the same with 100 000 images", 6.0, large),
        Figure("standin_clients", f"{CLIENTS} clients log in and read, all of them", 5.0, logins),
        Figure("web_start", "OMERO.web started: its first page", 15.0, web),
    ]


def _timed(folder: Path, data: str) -> float:
    """Seconds from the start of the process to its line `ready`."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        began = time.monotonic()
        with local_services.standin(Path(own), "--data", data):
            return time.monotonic() - began


def _logins(folder: Path, samples: int) -> list[float]:
    taken: list[float] = []
    with (
        tempfile.TemporaryDirectory(dir=folder) as own,
        local_services.standin(Path(own), "--data", "demo") as server,
        ThreadPoolExecutor(CLIENTS) as pool,
    ):
        for _ in range(samples):
            began = time.monotonic()
            list(pool.map(_reader(server), range(CLIENTS)))
            taken.append(time.monotonic() - began)
    return taken


def _reader(server: local_services.Service) -> Callable[[int], None]:
    """A client that logs in, lists projects and datasets, and leaves."""

    def read(_number: int) -> None:
        gateway = BlitzGateway("ada", "ada-demo", host="127.0.0.1", port=server.port, secure=True)
        if not gateway.connect():
            raise RuntimeError(f"ada could not log in: {gateway.getLastError()}")
        try:
            if not [list(each.listChildren()) for each in gateway.listProjects()]:
                raise RuntimeError("the demo's ada has no project")
        finally:
            gateway.close()

    return read


def _web(folder: Path, samples: int) -> list[float]:
    """Seconds until a web pod's process answers, beside a site that is up."""
    taken: list[float] = []
    static = str(collected_static.static_root())
    with (
        tempfile.TemporaryDirectory(dir=folder) as own,
        local_services.site(Path(own), WEB_APPS=_APPS, OMERO_WEB_STATIC_ROOT=static) as site,
    ):
        for number in range(samples):
            (beside := Path(own) / f"beside-{number}").mkdir()
            began = time.monotonic()
            with local_services.web_beside(site, beside) as started:
                if not answers(f"{started.url}/webclient/login/"):
                    raise RuntimeError("OMERO.web started and does not answer")
                taken.append(time.monotonic() - began)
    return taken

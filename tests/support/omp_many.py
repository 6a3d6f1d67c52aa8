"""Jobs on ten thousand images, one after the other: what they cost is counted or timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from omeroweb_omp_plugin.parsing import ParserSettings
from omeroweb_omp_plugin.services import preview as previewing
from omeroweb_omp_plugin.services.job_parameters import SelectionJob, WriteJob
from omp_lab import Lab

COUNT: Final = 10_000
NAMES: Final = ParserSettings("separators", "_", ("Line", "Number", "Stain"))
MANY: Final = {
    "owner": "ada",
    "group": "notes",
    "datasets": [
        {
            "name": "many",
            "images": [
                {"name": "HeLa_{:05d}_DAPI.tif", "count": COUNT, "size": [8, 8, 1, 1, 1]},
            ],
        }
    ],
}


@dataclass(frozen=True)
class Cost:
    """What one job cost.

    Attributes:
        name: The job, for people.
        wanted: The counts that its result should have.
        result: The counts that it has.
        calls: Calls of OMERO by method, logins included.
        seconds: From its first to its last step.
    """

    name: str
    wanted: dict[str, int]
    result: Any
    calls: dict[str, int]
    seconds: float


def images_of(lab: Lab) -> list[int]:
    """The ten thousand images."""
    found = lab.images_of(lab.one("select d.id from Dataset d where d.name = 'many'", "ada"))
    assert len(found) == COUNT
    return found


def costs(lab: Lab, images: list[int]) -> Iterator[Cost]:
    """Write, write again, replace and delete."""
    count = len(images)
    other = {image: {"Line": "U2OS"} for image in images}
    delete = SelectionJob(selection=lab.select("ada", images))
    yield cost(lab, "add", {"written": count}, _write(lab, images, "add"))
    yield cost(lab, "add again", {"unchanged": count}, _write(lab, images, "add"))
    yield cost(lab, "replace own", {"replaced": count}, _write(lab, images, "replace_own", other))
    yield cost(lab, "replace all", {"replaced": count}, _write(lab, images, "replace_all"))
    yield cost(
        lab,
        "delete the plugin's",
        {"removed": count},
        lambda: lab.start("ada", "notes", "omp.delete_plugin", delete),
    )


def cost(lab: Lab, name: str, wanted: dict[str, int], start: Callable[[], Any]) -> Cost:
    """Run one job to its end."""
    job = start()
    lab.count_anew()
    began = time.monotonic()
    done = lab.finish(job)
    seconds = time.monotonic() - began
    counts = lab.counts()
    assert done.state == "done", done.error_text
    return Cost(name, wanted, done.result, counts, seconds)


def _write(lab: Lab, images: list[int], mode: Any, overrides: Any = None) -> Callable[[], Any]:
    ada = int(lab.user("ada").getUserId())
    made = previewing.make_preview(ada, lab.select("ada", images), NAMES, overrides or {}, mode)
    return lambda: lab.start("ada", "notes", "omp.write", WriteJob(preview=made.id))

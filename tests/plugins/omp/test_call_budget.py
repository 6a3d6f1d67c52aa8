"""What a job of 10 000 images costs OMERO, and how long it takes against the stand-in."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from omero_plugin_common.database import Database
from omeroweb_omp_plugin.parsing import ParserSettings
from omeroweb_omp_plugin.services import preview as previewing
from omeroweb_omp_plugin.services.hash_keys import site_keys
from omeroweb_omp_plugin.services.requests import AcquisitionJob, SelectionJob, WriteJob
from omp_lab import Lab
from omp_lab import lab as laboratory

COUNT = 10_000
BUDGET = math.ceil(COUNT / 1000) * 4 + 20
SECONDS = 30
NAMES = ParserSettings("separators", "_", ("Line", "Number", "Stain"))
MANY = {
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


@pytest.fixture(scope="module")
def running_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with laboratory(tmp_path_factory.mktemp("lab"), more=[MANY]) as running:
        yield running


@pytest.fixture
def lab(running_lab: Lab, database: Database, monkeypatch: pytest.MonkeyPatch) -> Lab:
    for name, value in running_lab.variables().items():
        monkeypatch.setenv(name, value)
    return running_lab


@pytest.fixture
def images(lab: Lab) -> list[int]:
    dataset = lab.one("select d.id from Dataset d where d.name = 'many'", "ada")
    found = lab.images_of(dataset)
    assert len(found) == COUNT
    return found


def write(lab: Lab, images: list[int], mode: Any, overrides: Any = None) -> Callable[[], Any]:
    ada = int(lab.user("ada").getUserId())
    made = previewing.make_preview(ada, lab.select("ada", images), NAMES, overrides or {}, mode)
    return lambda: lab.start("ada", "notes", "omp.write", WriteJob(preview=made.id))


def costs(lab: Lab, start: Callable[[], Any]) -> tuple[Any, int, float, dict[str, int]]:
    """The job's result, its calls of OMERO, its seconds."""
    job = start()
    lab.count_anew()
    began = time.monotonic()
    done = lab.finish(job)
    seconds = time.monotonic() - began
    counts = lab.counts()
    assert done.state == "done", done.error_text
    return done.result, sum(counts.values()), seconds, counts


def test_ten_thousand_images(lab: Lab, images: list[int]) -> None:
    """Write, replace and delete, one after the other on the same images."""
    delete = SelectionJob(selection=lab.select("ada", images))
    steps: list[tuple[str, Callable[[], Any], dict[str, int]]] = [
        ("add", write(lab, images, "add"), {"written": COUNT}),
        ("again", write(lab, images, "add"), {"unchanged": COUNT}),
        (
            "replace own",
            write(lab, images, "replace_own", {image: {"Line": "U2OS"} for image in images}),
            {"replaced": COUNT},
        ),
        ("replace all", write(lab, images, "replace_all"), {"replaced": COUNT}),
        (
            "delete the plugin's",
            lambda: lab.start("ada", "notes", "omp.delete_plugin", delete),
            {"removed": COUNT},
        ),
    ]
    for name, start, outcome in steps:
        result, calls, seconds, counts = costs(lab, start)
        print(f"{name}: {calls} calls of at most {BUDGET}, {seconds:.1f} s, {counts}")  # noqa: T201
        assert result == {"images": COUNT, **outcome}, name
        assert calls <= BUDGET, f"{name}: {counts}"
        assert seconds <= SECONDS, name


def test_acquisition_metadata_is_read_in_batches(lab: Lab, images: list[int]) -> None:
    what = AcquisitionJob(selection=lab.select("ada", images[:1000]), original=False)
    _, calls, _, counts = costs(lab, lambda: lab.start("ada", "notes", "omp.acquisition", what))
    assert calls <= 60, counts


def test_a_page_of_the_preview_costs_two_calls_whatever_its_size(
    lab: Lab, images: list[int]
) -> None:
    ada = int(lab.user("ada").getUserId())
    made = previewing.make_preview(ada, lab.select("ada", images), NAMES, {}, "add")
    conn, keys = lab.user("ada"), site_keys()
    lab.count_anew()
    page = previewing.page(conn, ada, made, "all", 5000, 200, keys)
    assert (page.total, len(page.rows)) == (COUNT, 200)
    assert sum(lab.counts().values()) == 2
    lab.count_anew()
    previewing.page(conn, ada, made, "changed", 0, 200, keys)
    assert sum(lab.counts().values()) <= 2 * math.ceil(COUNT / 5000) + 2

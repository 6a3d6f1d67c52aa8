"""A project with 50 datasets and 100 000 images: what the page asks, and how long it waits.

Calls are counted exactly. The seconds are bounds that a busy machine keeps as well: what takes
longer asks for too much. They are printed, to be measured on a machine that does nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from omeroweb_omp_plugin.parsing import ParserSettings
from omeroweb_omp_plugin.services import list_projects
from omeroweb_omp_plugin.services import preview as previewing
from omeroweb_omp_plugin.services.hash_keys import site_keys
from omeroweb_omp_plugin.services.make_selection import make_selection
from omp_lab import Lab

DATASETS, EACH = 50, 2000
PATIENCE = 15.0
NAMES = ParserSettings("separators", "_", ("Line", "Number", "Stain"))
LARGE = {
    "owner": "ada",
    "group": "notes",
    "projects": [
        {
            "name": "Large",
            "datasets": [
                {
                    "name": f"day {day:02}",
                    "images": [
                        {"name": f"HeLa_d{day:02}w{{:04d}}_DAPI.tif", "count": EACH,
                         "size": [8, 8, 1, 1, 1]}
                    ],
                }
                for day in range(DATASETS)
            ],
        }
    ],
}  # fmt: skip
Answer = TypeVar("Answer")


@pytest.fixture(scope="module")
def more_in_lab() -> list[dict[str, Any]]:
    return [LARGE]


def timed(lab: Lab, what: str, do: Callable[[], Answer]) -> tuple[Answer, float, int]:
    """What was found, in how many seconds and with how many calls of OMERO."""
    lab.count_anew()
    began = time.monotonic()
    found = do()
    seconds, calls = time.monotonic() - began, sum(lab.counts().values())
    print(f"{what}: {seconds:.2f} s, {calls} calls")  # noqa: T201
    return found, seconds, calls


def test_a_hundred_thousand_images(lab: Lab) -> None:
    conn, keys = lab.user("ada"), site_keys()
    ada = int(conn.getUserId())
    overview, seconds, calls = timed(lab, "projects", lambda: list_projects.overview(conn, ada))
    assert (seconds < PATIENCE, calls <= 6) == (True, True)
    [large] = [each for each in overview["owned"] if each["name"] == "Large"]

    inside, seconds, calls = timed(
        lab, "datasets", lambda: list_projects.inside(conn, ada, "Project", large["id"])
    )
    assert [each["images"] for each in inside] == [EACH] * DATASETS
    assert (seconds < PATIENCE, calls) == (True, 2)

    made, seconds, calls = timed(
        lab, "selection", lambda: make_selection(conn, ada, {"Project": [large["id"]]})
    )
    assert (made.images, calls) == (DATASETS * EACH, 1)
    assert seconds < 2 * PATIENCE

    preview, seconds, _ = timed(
        lab, "preview", lambda: previewing.make_preview(ada, made.id, NAMES, {}, "add")
    )
    assert seconds < PATIENCE
    assert preview.mismatching == []

    def page(which: Any, offset: int) -> Callable[[], previewing.Page]:
        return lambda: previewing.page(conn, ada, preview, which, offset, 200, keys)

    for offset in (0, 50_000, 99_800):
        found, seconds, calls = timed(lab, f"rows from {offset}", page("all", offset))
        assert (found.total, len(found.rows), calls) == (100_000, 200, 2)
        assert seconds < PATIENCE
    assert found.rows[-1]["name"] == "HeLa_d49w2000_DAPI.tif"
    found, seconds, _ = timed(lab, "changed", page("changed", 0))
    assert (found.total, found.looked_up, found.images) == (5000, 5000, 100_000)
    assert seconds < PATIENCE

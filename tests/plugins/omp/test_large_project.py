"""A project with 50 datasets and 100 000 images: what the page asks of OMERO.

How long that takes is measured by `ci/bench omp-page`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from omeroweb_omp_plugin.parsing import ParserSettings
from omeroweb_omp_plugin.services import list_projects
from omeroweb_omp_plugin.services import preview as previewing
from omeroweb_omp_plugin.services.make_selection import make_selection
from omp_lab import Lab

DATASETS, EACH = 50, 2000
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


def asked(lab: Lab, do: Callable[[], Answer]) -> tuple[Answer, int]:
    """What was found, and with how many calls of OMERO."""
    lab.count_anew()
    return do(), sum(lab.counts().values())


@pytest.mark.nightly
@pytest.mark.timeout(600)
def test_a_hundred_thousand_images(lab: Lab) -> None:
    conn = lab.user("ada")
    ada = int(conn.getUserId())
    overview, calls = asked(lab, lambda: list_projects.overview(conn, ada))
    assert calls <= 6
    [large] = [each for each in overview["owned"] if each["name"] == "Large"]

    inside, calls = asked(lab, lambda: list_projects.inside(conn, ada, "Project", large["id"]))
    assert [each["images"] for each in inside] == [EACH] * DATASETS
    assert calls == 2

    # They are counted and read; saved sets that fit are those of the user's groups.
    made, calls = asked(lab, lambda: make_selection(conn, ada, {"Project": [large["id"]]}))
    assert (made.images, calls) == (DATASETS * EACH, 3)

    preview = previewing.make_preview(ada, made.id, NAMES, {}, "add")
    assert preview.mismatching == []

    def page(which: Any, offset: int) -> Callable[[], previewing.Page]:
        return lambda: previewing.page(conn, ada, preview.id, which, offset, 200)

    for offset in (0, 50_000, 99_800):
        found, calls = asked(lab, page("all", offset))
        assert (found.total, len(found.rows), calls) == (100_000, 200, 2)
    assert found.rows[-1]["name"] == "HeLa_d49w2000_DAPI.tif"
    # A request looks at some thousands at most; the page asks again for the others.
    found = page("changed", 0)()
    assert (found.total, found.looked_up, found.images) == (5000, 5000, 100_000)
